import { listAt, numberAt, textAt } from "../../model/json.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { textRule } from "../rules/each.ts";
import { addressesFitType, endpointPortNames } from "../rules/endpoint-slice.ts";
import { immutable } from "../rules/immutable.ts";
import { labelProblem, qualifiedNameProblem } from "../rules/names.ts";
import { choice, flag, int32, list, map, object, set, text } from "../shape.ts";

const endpoint = object(
  "Addresses that lead to one instance.",
  {
    addresses: set("The addresses; the first one is used.", text("An address of the slice's type."), {
      minItems: 1,
      maxItems: 100,
    }),
    conditions: object("State of the endpoint; an absent condition counts as true, or false for terminating.", {
      ready: flag("Whether it takes new requests."),
      serving: flag("Whether it answers, even while it ends."),
      terminating: flag("Whether it is ending."),
    }),
    deprecatedTopology: map("Topology labels of the older version.", text("The value."), { maxProperties: 16 }),
    hints: object("Whom the endpoint is meant for.", {
      forNodes: list("Nodes it is meant for.", object("A node.", { name: text("Its name.") }, { required: ["name"] }), {
        maxItems: 8,
      }),
      forZones: list("Zones it is meant for.", object("A zone.", { name: text("Its name.") }, { required: ["name"] }), {
        maxItems: 8,
      }),
    }),
    hostname: text("Host name of the endpoint.", { rules: [textRule("endpoint-hostname", labelProblem)] }),
    nodeName: text("Node the endpoint runs on."),
    targetRef: object(
      "The object behind the endpoint.",
      {
        apiVersion: text("API group and version of the object."),
        fieldPath: text("A part of the object."),
        kind: text("Kind of the object."),
        name: text("Name of the object."),
        namespace: text("Namespace of the object."),
        resourceVersion: text("Version of the object."),
        uid: text("Identity of the object."),
      },
      { "x-kubernetes-map-type": "atomic" },
    ),
    zone: text("Zone the endpoint is in."),
  },
  { required: ["addresses"] },
);

const port = object(
  "A port of every endpoint of the slice.",
  {
    appProtocol: text("What is spoken on the port.", { rules: [textRule("app-protocol", qualifiedNameProblem)] }),
    name: text("Name of the port, as in the Service.", { default: "" }),
    port: int32("The port; all ports if absent.", { minimum: 1, maximum: 65535 }),
    protocol: choice("Transport protocol.", ["TCP", "UDP", "SCTP"], { default: "TCP" }),
  },
  { "x-kubernetes-map-type": "atomic" },
);

function shortened(items: readonly string[], shown: number): string {
  if (items.length === 0) return "<unset>";
  return items.length > shown
    ? `${items.slice(0, shown).join(",")} + ${items.length - shown} more...`
    : items.join(",");
}

/** discovery.k8s.io/v1; the limits are those of the API server's own validation. */
export const endpointSlice = defineKind({
  group: "discovery.k8s.io",
  versions: ["v1"],
  kind: "EndpointSlice",
  plural: "endpointslices",
  singular: "endpointslice",
  namespaced: true,
  hasStatus: false,
  builtIn: true,
  description: "A part of the endpoints of one Service, which it names in the label kubernetes.io/service-name.",
  fields: {
    addressType: choice("What the addresses are.", ["IPv4", "IPv6", "FQDN"]),
    endpoints: list("The endpoints.", endpoint, { maxItems: 1000 }),
    ports: list("Ports of every endpoint of the slice.", port, { maxItems: 20000, rules: [endpointPortNames] }),
  },
  required: ["addressType"],
  rules: [addressesFitType],
  updateRules: [immutable("addressType")],
  columns: [
    textColumn("AddressType", "What the addresses are.", "addressType"),
    {
      name: "Ports",
      type: "string",
      description: "Ports of the endpoints.",
      priority: 0,
      value: (object) =>
        shortened(
          listAt(object, "ports").map((item) => String(numberAt(item, "port") ?? "*")),
          3,
        ),
    },
    {
      name: "Endpoints",
      type: "string",
      description: "Addresses of the endpoints.",
      priority: 0,
      value: (object) =>
        shortened(
          listAt(object, "endpoints").map((item) => textAt(item, "addresses", 0) ?? ""),
          3,
        ),
    },
    ageColumn,
  ],
});

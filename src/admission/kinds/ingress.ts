import { listAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { loadBalancerIngress } from "../fields/load-balancer.ts";
import { typedReference } from "../fields/names.ts";
import { textRule } from "../rules/each.ts";
import {
  classAgreesWithAnnotation,
  ingressPath,
  portNameOrNumber,
  rulesOrDefaultBackend,
  serviceOrResource,
} from "../rules/ingress.ts";
import { hostProblem, labelProblem, portNameProblem, subdomainProblem } from "../rules/names.ts";
import { choice, int32, list, object, type Shape, text } from "../shape.ts";

const host = (description: string): Shape => text(description, { rules: [textRule("ingress-host", hostProblem)] });

const backend = (description: string): Shape =>
  object(
    description,
    {
      resource: object(
        "An object of another kind, in the same namespace.",
        {
          ...typedReference,
        },
        { required: ["kind", "name"], "x-kubernetes-map-type": "atomic" },
      ),
      service: object(
        "A Service of the same namespace.",
        {
          name: text("Name of the Service.", { minLength: 1, rules: [textRule("service-name", labelProblem)] }),
          port: object(
            "Port of the Service.",
            {
              name: text("Name of the port.", { rules: [textRule("port-name", portNameProblem)] }),
              number: int32("Number of the port.", { minimum: 0, maximum: 65535 }),
            },
            { "x-kubernetes-map-type": "atomic" },
          ),
        },
        { required: ["name"], rules: [portNameOrNumber] },
      ),
    },
    { rules: [serviceOrResource] },
  );

const path = object(
  "A path and where its requests go.",
  {
    backend: backend("Where requests go."),
    path: text("The path; `/` for all."),
    pathType: choice("How the path is compared: whole, by its elements, or as the class decides.", [
      "Exact",
      "Prefix",
      "ImplementationSpecific",
    ]),
  },
  { required: ["backend", "pathType"], rules: [ingressPath] },
);

const rule = object("The paths of one host.", {
  host: host("The host; every host if empty. The first label may be `*`."),
  http: object(
    "The paths.",
    { paths: list("Paths and where their requests go.", path, { minItems: 1 }) },
    { required: ["paths"] },
  ),
});

const tls = object("A certificate and the hosts it is for.", {
  hosts: list("The hosts; those in the certificate's place if empty.", host("A host.")),
  secretName: text("Name of a Secret of type kubernetes.io/tls.", {
    rules: [textRule("secret-name", subdomainProblem)],
  }),
});

const spec = object("The wanted routing.", {
  defaultBackend: backend("Where requests go that no rule matches."),
  ingressClassName: text("Name of the IngressClass.", {
    minLength: 1,
    rules: [textRule("ingress-class-name", subdomainProblem)],
  }),
  rules: list("Hosts and their paths.", rule),
  tls: list("Certificates for HTTPS.", tls),
});

function hostsOf(ingress: JsonObject): string {
  const hosts = listAt(ingress, "spec", "rules").flatMap((item) => textAt(item, "host") || []);
  if (hosts.length === 0) return "*";
  return hosts.length > 3 ? `${hosts.slice(0, 3).join(",")} + ${hosts.length - 3} more...` : hosts.join(",");
}

function addressOf(address: Json): string {
  return textAt(address, "ip") ?? textAt(address, "hostname") ?? "";
}

/** networking.k8s.io/v1; the limits are those of the API server's own validation. */
export const ingress = defineKind({
  group: "networking.k8s.io",
  versions: ["v1"],
  kind: "Ingress",
  plural: "ingresses",
  singular: "ingress",
  shortNames: ["ing"],
  namespaced: true,
  hasStatus: true,
  builtIn: true,
  description: "Routes HTTP requests by host and path to Services.",
  fields: {
    spec,
    status: object("What the controller says about the Ingress.", {
      loadBalancer: object("Where the Ingress is reachable.", {
        ingress: loadBalancerIngress({}),
      }),
    }),
  },
  rules: [rulesOrDefaultBackend, classAgreesWithAnnotation],
  columns: [
    textColumn("Class", "Name of the IngressClass.", "spec", "ingressClassName"),
    { name: "Hosts", type: "string", description: "Hosts of the rules.", priority: 0, value: hostsOf },
    {
      name: "Address",
      type: "string",
      description: "Where the Ingress is reachable.",
      priority: 0,
      value: (object) => listAt(object, "status", "loadBalancer", "ingress").map(addressOf).join(","),
    },
    {
      name: "Ports",
      type: "string",
      description: "Ports the Ingress is served on.",
      priority: 0,
      value: (object) => (listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80"),
    },
    ageColumn,
  ],
});

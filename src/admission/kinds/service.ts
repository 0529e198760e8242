import { isList, isObject, listAt, numberAt, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { conditions } from "../fields/conditions.ts";
import { loadBalancerIngress } from "../fields/load-balancer.ts";
import { textRule } from "../rules/each.ts";
import { qualifiedNameProblem } from "../rules/names.ts";
import {
  clusterIpFits,
  externalNameFits,
  externalTrafficPolicyFits,
  loadBalancerFields,
  nodePortsDistinct,
  nodePortsFitType,
  portNames,
  portNumbersDistinct,
  portsGiven,
  targetPortFits,
} from "../rules/service.ts";
import { choice, flag, int32, intOrText, keyed, list, map, object, text } from "../shape.ts";

const port = object(
  "A port of the Service.",
  {
    appProtocol: text("What is spoken on the port, for example kubernetes.io/h2c.", {
      rules: [textRule("app-protocol", qualifiedNameProblem)],
    }),
    name: text("Name of the port; required when there are several."),
    nodePort: int32("Port on every node, for NodePort and LoadBalancer.", { minimum: 0, maximum: 65535 }),
    port: int32("The port.", { minimum: 1, maximum: 65535 }),
    protocol: choice("Transport protocol.", ["TCP", "UDP", "SCTP"], { default: "TCP" }),
    targetPort: intOrText("Number or name of the port on the endpoints; `port` by default.", {
      rules: [targetPortFits],
    }),
  },
  { required: ["port"] },
);

const spec = object(
  "The wanted Service.",
  {
    allocateLoadBalancerNodePorts: flag("Whether a LoadBalancer gets node ports."),
    clusterIP: text("Virtual address; None for a headless Service."),
    clusterIPs: list("Virtual addresses, one for each family.", text("An address, or None.")),
    externalIPs: list("More addresses that lead to the Service.", text("An address.")),
    externalName: text("The host name the Service stands for, for type ExternalName."),
    externalTrafficPolicy: choice("Where traffic from outside may go.", ["Cluster", "Local"]),
    healthCheckNodePort: int32("Port for health checks of load balancers."),
    internalTrafficPolicy: choice("Where traffic from inside may go.", ["Cluster", "Local"]),
    ipFamilies: list("Address families.", choice("A family.", ["IPv4", "IPv6"])),
    ipFamilyPolicy: choice("How many families are wanted.", ["SingleStack", "PreferDualStack", "RequireDualStack"]),
    loadBalancerClass: text("Which load balancer serves the Service.", {
      rules: [textRule("load-balancer-class", qualifiedNameProblem)],
    }),
    loadBalancerIP: text("Address wanted from the load balancer."),
    loadBalancerSourceRanges: list("Client addresses the load balancer lets through.", text("A CIDR.")),
    ports: keyed("The ports.", ["port", "protocol"], port, {
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "port",
      rules: [portNames, portNumbersDistinct, nodePortsDistinct],
    }),
    publishNotReadyAddresses: flag("Whether endpoints count that are not ready."),
    selector: map("Labels of the pods behind the Service.", text("The value."), { "x-kubernetes-map-type": "atomic" }),
    sessionAffinity: choice("Whether a client stays with one endpoint.", ["ClientIP", "None"], { default: "None" }),
    sessionAffinityConfig: object("Settings of the session affinity.", {
      clientIP: object("Settings of ClientIP.", {
        timeoutSeconds: int32("How long a client stays, in seconds.", { minimum: 1, maximum: 86400 }),
      }),
    }),
    trafficDistribution: choice("Which endpoints are preferred.", ["PreferClose", "PreferSameZone", "PreferSameNode"]),
    type: choice("How the Service is reachable.", ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"], {
      default: "ClusterIP",
    }),
  },
  {
    rules: [
      portsGiven,
      externalNameFits,
      clusterIpFits,
      nodePortsFitType,
      externalTrafficPolicyFits,
      loadBalancerFields,
    ],
  },
);

const status = object("State of the Service.", {
  conditions: {
    ...conditions("What is known about the Service."),
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "type",
  },
  loadBalancer: object("Where the load balancer is reachable.", {
    ingress: loadBalancerIngress({ ipMode: text("How traffic to the address arrives.") }),
  }),
});

function withTargetPort(port: Json): Json {
  if (!isObject(port)) return port;
  const { targetPort } = port;
  return targetPort === undefined || targetPort === 0 || targetPort === "" ? { ...port, targetPort: port.port } : port;
}

/** Defaults that depend on other fields (pkg/apis/core/v1 SetDefaults_Service). */
function complete(service: JsonObject): JsonObject {
  const given = objectAt(service, "spec");
  const type = textAt(given, "type");
  const reachable = type === "NodePort" || type === "LoadBalancer" || listAt(given, "externalIPs").length > 0;
  return {
    ...service,
    spec: {
      ...(type === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" }),
      ...(reachable ? { externalTrafficPolicy: "Cluster" } : {}),
      ...(type === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {}),
      ...(textAt(given, "sessionAffinity") === "ClientIP"
        ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }
        : {}),
      ...given,
      ...(isList(given.ports) ? { ports: given.ports.map(withTargetPort) } : {}),
    },
  };
}

function externalAddress(service: JsonObject): string {
  const spec = objectAt(service, "spec");
  if (textAt(spec, "type") === "ExternalName") return textAt(spec, "externalName") ?? "";
  const addresses = [
    ...listAt(service, "status", "loadBalancer", "ingress").map(
      (at) => textAt(at, "ip") ?? textAt(at, "hostname") ?? "",
    ),
    ...listAt(spec, "externalIPs").map(String),
  ];
  if (addresses.length > 0) return addresses.join(",");
  return textAt(spec, "type") === "LoadBalancer" ? "<pending>" : "<none>";
}

function portText(port: Json): string {
  const node = numberAt(port, "nodePort") ?? 0;
  return `${numberAt(port, "port")}${node === 0 ? "" : `:${node}`}/${textAt(port, "protocol")}`;
}

/** core/v1; the limits are those of the API server's own validation. */
export const service = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Service",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  namespaced: true,
  hasStatus: true,
  builtIn: true,
  nameFormat: "label",
  description: "A name and ports behind which endpoints change.",
  fields: { spec, status },
  complete,
  columns: [
    textColumn("Type", "How the Service is reachable.", "spec", "type"),
    {
      name: "Cluster-IP",
      type: "string",
      description: "Virtual address of the Service.",
      priority: 0,
      value: (object) => textAt(object, "spec", "clusterIP") || "<none>",
    },
    {
      name: "External-IP",
      type: "string",
      description: "Where the Service is reachable from outside.",
      priority: 0,
      value: externalAddress,
    },
    {
      name: "Port(s)",
      type: "string",
      description: "Ports of the Service.",
      priority: 0,
      value: (object) => listAt(object, "spec", "ports").map(portText).join(",") || "<none>",
    },
    ageColumn,
    {
      name: "Selector",
      type: "string",
      description: "Labels of the pods behind the Service.",
      priority: 1,
      value: (object) =>
        Object.entries(objectAt(object, "spec", "selector"))
          .flatMap(([name, value]) => (typeof value === "string" ? `${name}=${value}` : []))
          .join(",") || "<none>",
    },
  ],
});

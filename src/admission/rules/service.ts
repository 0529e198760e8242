import { isIP } from "node:net";
import { isList, listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { FieldRule } from "../shape.ts";
import { labelProblem, portNameProblem, subdomainProblem } from "./names.ts";

/** The API server's validation of core/v1 Service, as far as routing depends on it. Values it allocates are not asked for. */

const typeOf = (spec: Json): string => textAt(spec, "type") ?? "";
const isHeadless = (spec: Json): boolean =>
  textAt(spec, "clusterIP") === "None" || textAt(spec, "clusterIPs", 0) === "None";

export const portsGiven: FieldRule = {
  name: "service-ports-given",
  check: (spec) =>
    listAt(spec, "ports").length > 0 || isHeadless(spec) || typeOf(spec) === "ExternalName"
      ? []
      : [{ path: ["ports"], message: "is required, unless clusterIP is None" }],
};

export const externalNameFits: FieldRule = {
  name: "service-external-name",
  check: (spec) => {
    if (typeOf(spec) !== "ExternalName") return [];
    const name = (textAt(spec, "externalName") ?? "").replace(/\.$/, "");
    if (name === "") return [{ path: ["externalName"], message: "is required for type ExternalName" }];
    const problem = subdomainProblem(name);
    return problem === undefined ? [] : [{ path: ["externalName"], message: problem }];
  },
};

export const clusterIpFits: FieldRule = {
  name: "service-cluster-ip",
  check: (spec) => {
    const ip = textAt(spec, "clusterIP") ?? "";
    if (ip === "") return [];
    const type = typeOf(spec);
    if (type === "ExternalName") return [{ path: ["clusterIP"], message: "is not allowed for type ExternalName" }];
    if (ip === "None") {
      return type === "ClusterIP" ? [] : [{ path: ["clusterIP"], message: `cannot be None for type ${type}` }];
    }
    return isIP(ip) === 0 ? [{ path: ["clusterIP"], message: `"${ip}" is neither an IP address nor None` }] : [];
  },
};

export const portNames: FieldRule = {
  name: "service-port-names",
  check: (ports) => {
    if (!isList(ports)) return [];
    const seen = new Map<string, number>();
    return ports.flatMap((port, index) => {
      const name = textAt(port, "name") ?? "";
      const path = [index, "name"];
      if (name === "") return ports.length > 1 ? [{ path, message: "is required when there are several ports" }] : [];
      const problem = labelProblem(name);
      if (problem !== undefined) return [{ path, message: problem }];
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      return first === undefined ? [] : [{ path, message: `"${name}" is the name of ports[${first}] too` }];
    });
  },
};

/** No two ports share the number in `field` with the same protocol. */
function portsDistinct(name: string, field: string): FieldRule {
  return {
    name,
    check: (ports) => {
      if (!isList(ports)) return [];
      const seen = new Map<string, number>();
      return ports.flatMap((port, index) => {
        const number = numberAt(port, field) ?? 0;
        if (number === 0) return [];
        const key = `${number}/${textAt(port, "protocol")}`;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, index);
        return first === undefined ? [] : [{ path: [index, field], message: `${key} is ports[${first}] already` }];
      });
    },
  };
}

export const portNumbersDistinct = portsDistinct("service-ports-distinct", "port");
export const nodePortsDistinct = portsDistinct("service-node-ports-distinct", "nodePort");

export const nodePortsFitType: FieldRule = {
  name: "service-node-port-fits-type",
  check: (spec) =>
    typeOf(spec) === "ClusterIP"
      ? listAt(spec, "ports").flatMap((port, index) =>
          (numberAt(port, "nodePort") ?? 0) === 0
            ? []
            : [{ path: ["ports", index, "nodePort"], message: "is not allowed for type ClusterIP" }],
        )
      : [],
};

export const targetPortFits: FieldRule = {
  name: "port-number-or-name",
  check: (port) => {
    if (typeof port === "number") {
      return port >= 1 && port <= 65535 ? [] : [{ path: [], message: `${port} is no port: 1 to 65535` }];
    }
    const problem = typeof port === "string" ? portNameProblem(port) : undefined;
    return problem === undefined ? [] : [{ path: [], message: problem }];
  },
};

export const externalTrafficPolicyFits: FieldRule = {
  name: "service-external-traffic-policy",
  check: (spec) => {
    const reachable = ["NodePort", "LoadBalancer"].includes(typeOf(spec)) || listAt(spec, "externalIPs").length > 0;
    if (reachable || (textAt(spec, "externalTrafficPolicy") ?? "") === "") return [];
    return [{ path: ["externalTrafficPolicy"], message: "is only allowed for Services reachable from outside" }];
  },
};

/** Fields that only a Service of type LoadBalancer may have. */
export const loadBalancerFields: FieldRule = {
  name: "service-load-balancer-fields",
  check: (spec) =>
    typeOf(spec) === "LoadBalancer"
      ? []
      : ["allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges"]
          .filter((field) => {
            const value = valueAt(spec, field);
            return value !== undefined && !(isList(value) && value.length === 0);
          })
          .map((field) => ({ path: [field], message: "is only allowed for type LoadBalancer" })),
};

import { isIPv4, isIPv6 } from "node:net";
import { isList, listAt, textAt } from "../../model/json.ts";
import type { ObjectRule } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";
import { labelProblem, subdomainProblem } from "./names.ts";

/**
 * The API server's validation of discovery.k8s.io/v1 EndpointSlice, with one difference: it refuses loopback and link-local
 * addresses, because they mean another machine to every node. Weir also runs where there are no nodes, so it takes them.
 */

function addressProblem(type: string, address: string): string | undefined {
  if (type === "IPv4") return isIPv4(address) ? specialProblem(address) : `"${address}" is no IPv4 address`;
  if (type === "IPv6") return isIPv6(address) ? specialProblem(address) : `"${address}" is no IPv6 address`;
  if (type !== "FQDN") return undefined;
  const name = address.replace(/\.$/, "");
  return subdomainProblem(name) ?? (name.includes(".") ? undefined : `"${address}" is no full host name`);
}

function specialProblem(address: string): string | undefined {
  if (address === "0.0.0.0" || /^[0:]+$/.test(address)) return `"${address}" is no address of one endpoint`;
  const first = Number(address.split(".")[0]);
  const multicast = isIPv4(address) ? first >= 224 && first <= 239 : /^ff/i.test(address);
  return multicast ? `"${address}" is a multicast address` : undefined;
}

export const addressesFitType: ObjectRule = (slice) => {
  const type = textAt(slice, "addressType") ?? "";
  return listAt(slice, "endpoints").flatMap((endpoint, index) =>
    listAt(endpoint, "addresses").flatMap((address, position) => {
      const message = typeof address === "string" ? addressProblem(type, address) : undefined;
      return message === undefined ? [] : [{ path: ["endpoints", index, "addresses", position], message }];
    }),
  );
};

export const endpointPortNames: FieldRule = {
  name: "endpoint-port-names",
  check: (ports) => {
    if (!isList(ports)) return [];
    const seen = new Map<string, number>();
    return ports.flatMap((port, index) => {
      const name = textAt(port, "name") ?? "";
      const path = [index, "name"];
      const problem = name === "" ? undefined : labelProblem(name);
      if (problem !== undefined) return [{ path, message: problem }];
      const first = seen.get(name);
      if (first === undefined) seen.set(name, index);
      return first === undefined ? [] : [{ path, message: `"${name}" is the name of ports[${first}] too` }];
    });
  },
};

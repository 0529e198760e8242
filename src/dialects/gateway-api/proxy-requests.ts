import type { Collection } from "../../incremental/collection.ts";
import { listAt, numberAt, objectAt, textAt } from "../../model/json.ts";
import type { ProxyRequest, ServedPort, WantedAddress } from "../../model/proxy-request.ts";
import { type Json, type JsonObject, refOf, type SourceObject } from "../../model/source-object.ts";
import type { DialectInputs } from "../dialect.ts";
import { clientPort } from "../gateway-defaults.ts";
import { gatewayKind } from "./kinds.ts";
import type { ParameterCollections } from "./parameters.ts";
import { proxySettings } from "./proxy-class.ts";

/** The proxies that Gateways of ours ask for, by `namespace/name`. */
export function readProxyRequests(
  { graph, objects, options }: DialectInputs,
  parameters: ParameterCollections,
): Collection<ProxyRequest> {
  return graph.derive<SourceObject, ProxyRequest>("gateway-api/proxies", objects(gatewayKind), (object, _, context) => {
    const key = `${object.namespace}/${object.name}`;
    const own = context.get(parameters.gateways, key);
    const common = context.get(parameters.classes, textAt(object.body, "spec", "gatewayClassName") ?? "");
    if (own === undefined || common === undefined) return [];
    const readable = "proxyClass" in own && "proxyClass" in common;
    const request: ProxyRequest = {
      gateway: key,
      owner: { ref: refOf(object), apiVersion: object.apiVersion, uid: object.uid },
      labels: textsOf(objectAt(object.body, "spec", "infrastructure", "labels")),
      annotations: textsOf(objectAt(object.body, "spec", "infrastructure", "annotations")),
      addresses: listAt(object.body, "spec", "addresses").flatMap(wantedAddress),
      writtenPorts: listAt(object.body, "spec", "listeners").flatMap((listener): ServedPort[] => {
        const port = numberAt(listener, "port");
        if (port === undefined) return [];
        const wanted = clientPort(options, port);
        if (textAt(listener, "protocol") === "UDP") return [{ port: wanted, protocol: "UDP" }];
        // What proxies answer there themselves is not for clients.
        return options.reservedPorts?.has(wanted) === true ? [] : [{ port: wanted, protocol: "TCP" }];
      }),
      ...(readable ? { settings: proxySettings(own.proxyClass, common.proxyClass) } : {}),
    };
    return [[key, request]];
  });
}

/** Addresses of other types cannot be had; the Gateway is told so. */
function wantedAddress(address: Json): WantedAddress[] {
  const type = textAt(address, "type") ?? "IPAddress";
  const value = textAt(address, "value");
  if (type !== "IPAddress" && type !== "Hostname") return [];
  return [value === undefined || value === "" ? { type } : { type, value }];
}

function textsOf(value: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === "string" ? [[name, text] as const] : [])),
  );
}

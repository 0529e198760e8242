import type { AccessLogOptions, ClientAddressRule } from "../../model/gateway.ts";
import { listAt, numberAt, objectAt, textAt, valueAt } from "../../model/json.ts";
import type { ProxySettings } from "../../model/proxy-request.ts";
import type { GroupKind, Json, JsonObject, SourceObject } from "../../model/source-object.ts";

export const proxyClassKind: GroupKind = { group: "weir.dev", kind: "ProxyClass" };

/** A ProxyClass as far as it says something; a Gateway's own comes before that of its class, field by field. */
export interface ProxyClass {
  readonly replicas?: number;
  readonly image?: string;
  readonly resources?: JsonObject;
  readonly service?: Partial<ProxySettings["service"]>;
  readonly podTemplate?: JsonObject;
  readonly clientAddress?: ClientAddressRule;
  readonly accessLog?: AccessLogWish;
}

/** Fields and text are undefined where the installation's are used. */
export interface AccessLogWish {
  readonly format: "json" | "text" | "off";
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly text?: string;
}

export function readProxyClass(object: SourceObject): ProxyClass {
  const at = (...path: readonly string[]): Json | undefined => valueAt(object.body, "spec", ...path);
  const has = (name: string): boolean => at(name) !== undefined;
  return {
    ...defined("replicas", numberAt(object.body, "spec", "replicas")),
    ...defined("image", textAt(object.body, "spec", "image")),
    ...(has("resources") ? { resources: objectAt(at("resources")) } : {}),
    ...(has("podTemplate") ? { podTemplate: objectAt(at("podTemplate")) } : {}),
    ...(has("service") ? { service: readService(at("service")) } : {}),
    ...(has("clientAddress") ? { clientAddress: readClientAddress(at("clientAddress")) } : {}),
    ...(has("accessLog") ? { accessLog: readAccessLog(at("accessLog")) } : {}),
  };
}

/** The settings of proxies that two classes come to. */
export function proxySettings(specific: ProxyClass, general: ProxyClass): ProxySettings {
  const { replicas, image, resources, podTemplate } = { ...general, ...specific };
  return {
    ...defined("replicas", replicas),
    ...defined("image", image),
    ...defined("resources", resources),
    ...defined("podTemplate", podTemplate),
    service: { type: "LoadBalancer", annotations: {}, ...general.service, ...specific.service },
  };
}

/** The access log that a gateway gets, given that of the installation. */
export function accessLogOf(wish: AccessLogWish | undefined, standard: AccessLogOptions): AccessLogOptions {
  if (wish === undefined) return standard;
  const { format, path } = wish;
  switch (format) {
    case "off":
      return { kind: "off" };
    case "json":
      return {
        kind: "json",
        path,
        fields: wish.fields ?? (standard.kind === "json" ? standard.fields : defaultFields),
      };
    case "text":
      return { kind: "text", path, format: wish.text === undefined ? defaultLine(standard) : `${wish.text}\n` };
  }
}

const defaultFields: Readonly<Record<string, string>> = {
  time: "%START_TIME%",
  method: "%REQ(:METHOD)%",
  authority: "%REQ(:AUTHORITY)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  status: "%RESPONSE_CODE%",
  rule: "%ROUTE_NAME%",
  backend: "%UPSTREAM_CLUSTER%",
};

function defaultLine(standard: AccessLogOptions): string {
  if (standard.kind === "text") return standard.format;
  return "[%START_TIME%] %REQ(:METHOD)% %REQ(:AUTHORITY)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE% %ROUTE_NAME%\n";
}

function readService(value: Json | undefined): NonNullable<ProxyClass["service"]> {
  const type = textAt(value, "type");
  const policy = textAt(value, "externalTrafficPolicy");
  return {
    ...(type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer" ? { type } : {}),
    ...(policy === "Cluster" || policy === "Local" ? { externalTrafficPolicy: policy } : {}),
    ...(valueAt(value, "annotations") === undefined ? {} : { annotations: texts(objectAt(value, "annotations")) }),
    ...defined("loadBalancerClass", textAt(value, "loadBalancerClass")),
  };
}

function readClientAddress(value: Json | undefined): ClientAddressRule {
  switch (textAt(value, "from")) {
    case "ProxyProtocol":
      return { kind: "proxy-protocol" };
    case "XForwardedFor": {
      const hops = numberAt(value, "trustedHops");
      if (hops !== undefined) return { kind: "trusted-hops", hops };
      const networks = listAt(value, "trustedNetworks").filter((network) => typeof network === "string");
      return { kind: "trusted-cidrs", cidrs: networks.map(asCidr) };
    }
    default:
      return { kind: "direct" };
  }
}

function asCidr(network: string): string {
  return network.includes("/") ? network : `${network}/${network.includes(":") ? 128 : 32}`;
}

function readAccessLog(value: Json | undefined): AccessLogWish {
  const format = textAt(value, "format");
  return {
    format: format === "None" ? "off" : format === "Text" ? "text" : "json",
    path: textAt(value, "path") ?? "/dev/stdout",
    ...(valueAt(value, "fields") === undefined ? {} : { fields: texts(objectAt(value, "fields")) }),
    ...defined("text", textAt(value, "text")),
  };
}

function texts(value: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) => (typeof text === "string" ? [[name, text] as const] : [])),
  );
}

function defined<const K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  const entry: Partial<Record<K, V>> = {};
  if (value !== undefined) entry[name] = value;
  return entry;
}

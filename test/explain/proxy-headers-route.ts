import type { SourceObject } from "../../src/model/source-object.ts";
import { sourceObject } from "../generators/source-object.ts";

/** Headers that Envoy writes, overwrites or takes away before it looks for a route, with values that rules may want. */
const proxyHeaders = [
  { name: "x-forwarded-proto", value: "https" },
  { name: "x-forwarded-proto", value: "http" },
  { name: "x-forwarded-for", value: ".*127\\.0\\.0\\.2" },
  { name: "x-forwarded-for", value: ".+, ?127\\.0\\.0\\.2" },
  { name: "x-envoy-external-address", value: ".+" },
  { name: "x-envoy-internal", value: ".+" },
  { name: "x-envoy-retry-on", value: ".*" },
  { name: "x-envoy-original-path", value: ".*" },
  { name: "x-forwarded-client-cert", value: ".*" },
  { name: "x-request-id", value: ".{36}" },
  { name: "x-request-id", value: "v1" },
  { name: "te", value: "trailers" },
  { name: "te", value: "v1" },
  { name: "upgrade", value: ".*" },
  { name: "connection", value: ".*" },
] as const;

/** A rule for each of them on a host of their own, and one for what they let pass. */
export function proxyHeadersRoute(): SourceObject {
  const backendRefs = [{ name: "web", port: 80 }];
  const rules = proxyHeaders.map(({ name, value }, index) => ({
    matches: [
      { path: { type: "PathPrefix", value: `/${index}` }, headers: [{ type: "RegularExpression", name, value }] },
    ],
    backendRefs,
  }));
  return sourceObject({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    namespace: "shop",
    name: "proxy-headers",
    content: {
      spec: {
        parentRefs: [{ name: "main", namespace: "shop" }],
        hostnames: ["proxy.test"],
        rules: [...rules, { backendRefs }],
      },
    },
  });
}

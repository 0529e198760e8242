import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import {
  arbitraryAge,
  arbitraryExactHost,
  arbitraryHost,
  arbitraryNamespace,
  arbitraryPath,
  headerNames,
  headerValues,
  methods,
  mostly,
  optional,
  pathExpressions,
  queryNames,
  routeNames,
  valueExpressions,
} from "./pools.ts";
import { arbitraryBackendRef, arbitraryListenerSetRef, arbitraryOtherGatewayRef } from "./references.ts";
import { sourceObject } from "./source-object.ts";

const group = "gateway.networking.k8s.io/v1";

const headers = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: fc.constantFrom(...headerNames), value: fc.constantFrom(...headerValues) }),
    fc.record({
      name: fc.constantFrom(...headerNames),
      value: fc.constantFrom(...valueExpressions),
      type: fc.constant("RegularExpression"),
    }),
  ),
  { minLength: 1, maxLength: 2, selector: (header) => header.name },
);

const queryParams = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: fc.constantFrom(...queryNames), value: fc.constantFrom(...headerValues) }),
    fc.record({
      name: fc.constantFrom(...queryNames),
      value: fc.constantFrom(...valueExpressions),
      type: fc.constant("RegularExpression"),
    }),
  ),
  { minLength: 1, maxLength: 2, selector: (query) => query.name },
);

const path: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 4, arbitrary: arbitraryPath.map((value) => ({ type: "PathPrefix", value })) },
  { weight: 2, arbitrary: arbitraryPath.map((value) => ({ type: "Exact", value })) },
  { weight: 1, arbitrary: fc.constantFrom(...pathExpressions).map((value) => ({ type: "RegularExpression", value })) },
);

const httpMatch: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional("path", path, 0.8),
    optional("method", fc.constantFrom(...methods), 0.25),
    optional("headers", headers, 0.3),
    optional("queryParams", queryParams, 0.25),
  )
  .map((parts) => Object.assign({}, ...parts));

const parentRef: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ name: "main", namespace: "shop" }) },
  { weight: 2, arbitrary: fc.constant({ name: "main", namespace: "shop", sectionName: "http" }) },
  { weight: 1, arbitrary: fc.constant({ name: "main", namespace: "shop", port: 443 }) },
  { weight: 1, arbitrary: fc.constant({ name: "main", namespace: "shop", sectionName: "mutual" }) },
  { weight: 3, arbitrary: arbitraryOtherGatewayRef },
  { weight: 2, arbitrary: arbitraryListenerSetRef },
);

const headerEdits: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional("set", fc.constantFrom([{ name: "x-set", value: "1" }], [{ name: "x-user", value: "nobody" }])),
    optional("add", fc.constant([{ name: "x-add", value: "more" }])),
    optional("remove", fc.constant(["x-drop"])),
  )
  .map((parts) => Object.assign({}, ...parts));

const forwardFilter: fc.Arbitrary<JsonObject> = fc.oneof(
  headerEdits.map((requestHeaderModifier) => ({ type: "RequestHeaderModifier", requestHeaderModifier })),
  headerEdits.map((responseHeaderModifier) => ({ type: "ResponseHeaderModifier", responseHeaderModifier })),
  arbitraryBackendRef(80).map((found) => ({
    type: "RequestMirror",
    requestMirror: {
      backendRef: Object.fromEntries(Object.entries(found).filter(([name]) => name !== "weight")),
      percent: 50,
    },
  })),
  fc.constant({
    type: "URLRewrite",
    urlRewrite: { hostname: "inner.test", path: { type: "ReplaceFullPath", replaceFullPath: "/new" } },
  }),
  fc.constant({
    type: "CORS",
    cors: { allowOrigins: ["https://*.shop.test", "https://shop.test"], allowMethods: ["GET", "POST"], maxAge: 60 },
  }),
);

const redirectFilter: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional("scheme", fc.constantFrom("http", "https")),
    optional("hostname", fc.constant("elsewhere.test")),
    optional("port", fc.constantFrom(8080, 443)),
    optional("path", fc.constant({ type: "ReplaceFullPath", replaceFullPath: "/moved" })),
    optional("statusCode", fc.constantFrom(301, 302, 307, 308)),
  )
  .map((parts) => ({ type: "RequestRedirect", requestRedirect: Object.assign({}, ...parts) }));

const unknownFilter: fc.Arbitrary<JsonObject> = fc.constant({
  type: "ExtensionRef",
  extensionRef: { group: "example.test", kind: "Magic", name: "wand" },
});

const filters = mostly(
  fc.uniqueArray(forwardFilter, { maxLength: 3, selector: (filter) => JSON.stringify(filter.type) }),
  unknownFilter.map((filter) => [filter]),
  20,
);

const matches = fc.array(httpMatch, { minLength: 1, maxLength: 3 });

const forwardRule: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional("matches", matches, 0.8),
    filters,
    fc.array(arbitraryBackendRef(80), { minLength: 1, maxLength: 2 }),
    optional(
      "timeouts",
      fc.constantFrom({ request: "5s" }, { request: "2s", backendRequest: "500ms" }, { request: "0s" }),
      0.25,
    ),
    optional("retry", fc.constant({ attempts: 2, codes: [503], backoff: "10ms" }), 0.15),
  )
  .map(([match, list, backendRefs, timeouts, retry]) => ({
    ...match,
    filters: list,
    backendRefs,
    ...timeouts,
    ...retry,
  }));

const redirectRule: fc.Arbitrary<JsonObject> = fc
  .tuple(optional("matches", matches, 0.8), redirectFilter)
  .map(([match, filter]) => ({ ...match, filters: [filter] }));

const httpRule = mostly(forwardRule, redirectRule, 6);

function routeObject(
  kind: string,
  rule: fc.Arbitrary<JsonObject>,
  hosts: fc.Arbitrary<JsonObject>,
  parent: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<SourceObject> {
  const named = fc
    .tuple(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([rules, name]) =>
      name ? rules.map((one, index): JsonObject => ({ ...one, name: `rule-${index}` })) : rules,
    );
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom(...routeNames),
      fc.uniqueArray(parent, {
        minLength: 1,
        maxLength: 2,
        selector: (ref) => JSON.stringify([ref.kind, ref.namespace, ref.name]),
      }),
      hosts,
      named,
      arbitraryAge,
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([namespace, name, parentRefs, hostnames, rules, creationTimestamp, generation]) =>
      sourceObject({
        apiVersion: group,
        kind,
        namespace,
        name,
        creationTimestamp,
        generation,
        content: { spec: { parentRefs, ...hostnames, rules } },
      }),
    );
}

export function arbitraryHttpRoute(): fc.Arbitrary<SourceObject> {
  return routeObject(
    "HTTPRoute",
    httpRule,
    optional("hostnames", fc.uniqueArray(arbitraryHost, { minLength: 1, maxLength: 2 }), 0.75),
    parentRef,
  );
}

const grpcMatch: fc.Arbitrary<JsonObject> = fc
  .tuple(
    optional(
      "method",
      fc.constantFrom<JsonObject[]>(
        { service: "shop.Cart", method: "Add" },
        { service: "shop.Cart" },
        { method: "Get" },
        { type: "RegularExpression", service: "shop\\..+", method: "(Get|List).*" },
      ),
      0.75,
    ),
    optional("headers", headers, 0.3),
  )
  .map((parts) => Object.assign({}, ...parts));

/** Mostly on a port and host of its own: where a GRPCRoute and an HTTPRoute share them, only one of them is accepted. */
export function arbitraryGrpcRoute(): fc.Arbitrary<SourceObject> {
  const rule = fc
    .tuple(
      optional("matches", fc.array(grpcMatch, { minLength: 1, maxLength: 2 }), 0.8),
      fc.array(arbitraryBackendRef(9000), { minLength: 1, maxLength: 2 }),
    )
    .map(([match, backendRefs]) => ({ ...match, backendRefs }));
  const host = mostly(fc.constant<string>("grpc.test"), arbitraryExactHost, 6);
  return routeObject(
    "GRPCRoute",
    rule,
    host.map((name) => ({ hostnames: [name] })),
    mostly(fc.constant<JsonObject>({ name: "main", namespace: "shop", sectionName: "calls" }), parentRef, 4),
  );
}

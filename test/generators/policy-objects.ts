import fc from "fast-check";
import type { JsonObject, SourceObject } from "../../src/model/source-object.ts";
import { arbitraryAge, arbitraryNamespace, headerNames, headerValues, methods, optional, routeNames } from "./pools.ts";
import { sourceObject } from "./source-object.ts";

const gatewayGroup = "gateway.networking.k8s.io";

const target: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom<JsonObject[]>(
    { group: gatewayGroup, kind: "Gateway", name: "main" },
    { group: gatewayGroup, kind: "Gateway", name: "main", sectionName: "https" },
  ),
  fc
    .tuple(
      fc.constantFrom("HTTPRoute", "GRPCRoute"),
      fc.constantFrom(...routeNames),
      optional("sectionName", fc.constant("rule-0")),
    )
    .map(([kind, name, section]) => ({ group: gatewayGroup, kind, name, ...section })),
  fc.constantFrom(...routeNames).map((name) => ({ group: "networking.k8s.io", kind: "Ingress", name })),
);

const addresses = fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "127.0.0.1", "192.168.1.0/24", "2001:db8::/32"), {
  minLength: 1,
  maxLength: 2,
});

const clientAddresses: fc.Arbitrary<JsonObject> = fc
  .tuple(optional("allow", addresses), optional("deny", addresses))
  .map(([allow, deny]) => ({ ...allow, ...deny }));

/** A key set with a key that signed nothing; enough to be taken. */
const keySet = JSON.stringify({
  keys: [
    {
      kty: "EC",
      crv: "P-256",
      kid: "test",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
  ],
});

const provider: fc.Arbitrary<JsonObject> = fc.record({
  name: fc.constantFrom("main", "partner"),
  issuer: fc.constant("https://issuer.test"),
  jwks: fc.constantFrom<JsonObject[]>(
    { inline: keySet },
    { inline: keySet },
    { inline: keySet },
    { remote: { url: "https://issuer.test/keys" } },
    { remote: { url: "http://keys.test/jwks", backendRef: { name: "web", port: 80 } } },
  ),
});

const jwt: fc.Arbitrary<JsonObject> = fc.record({
  providers: fc.uniqueArray(provider, { minLength: 1, maxLength: 2, selector: (one) => JSON.stringify(one.name) }),
  allowMissing: fc.boolean(),
});

const rule: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.constantFrom("Allow", "Deny"),
    optional(
      "methods",
      fc.constantFrom(...methods).map((method) => [method]),
    ),
    optional("pathPrefixes", fc.constantFrom(["/a"], ["/api", "/x.y"])),
    optional(
      "headers",
      fc
        .record({ name: fc.constantFrom(...headerNames), value: fc.constantFrom(...headerValues) })
        .map((header) => [header]),
    ),
  )
  .map(([action, ...parts]) => ({ action, when: Object.assign({}, ...parts) }));

export function arbitraryAccessPolicy(): fc.Arbitrary<SourceObject> {
  return fc
    .tuple(
      arbitraryNamespace,
      fc.constantFrom("p0", "p1"),
      target,
      clientAddresses,
      optional("jwt", jwt, 0.35),
      optional("rules", fc.array(rule, { minLength: 1, maxLength: 2 }), 0.35),
      fc.constantFrom("Default", "Override"),
      arbitraryAge,
    )
    .map(([namespace, name, targetRef, addressRules, tokens, rules, merge, creationTimestamp]) =>
      sourceObject({
        apiVersion: "weir.dev/v1alpha1",
        kind: "AccessPolicy",
        namespace,
        name,
        creationTimestamp,
        content: { spec: { targetRefs: [targetRef], clientAddresses: addressRules, ...tokens, ...rules, merge } },
      }),
    );
}

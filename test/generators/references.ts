import fc from "fast-check";
import type { JsonObject } from "../../src/model/source-object.ts";
import { arbitraryNamespace, gatewayNames, listenerSetNames, mostly, optional, serviceNames } from "./pools.ts";

/** A Gateway that may not be there, listen to something else, or let nobody in. */
export const arbitraryOtherGatewayRef: fc.Arbitrary<JsonObject> = fc.record({
  name: fc.constantFrom(...gatewayNames),
  namespace: arbitraryNamespace,
});

export const arbitraryListenerSetRef: fc.Arbitrary<JsonObject> = mostly(
  fc.constant<JsonObject>({ kind: "ListenerSet", name: "set-0", namespace: "shop" }),
  fc.record({
    kind: fc.constant("ListenerSet"),
    name: fc.constantFrom(...listenerSetNames),
    namespace: arbitraryNamespace,
  }),
  2,
);

/** Mostly a port that a service has, sometimes with a weight, now and then in another namespace. */
export function arbitraryBackendRef(port: number): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(
      mostly(fc.constantFrom<string>(...serviceNames), fc.constant("missing")),
      mostly(fc.constant(port), fc.constant(4711)),
      optional("weight", fc.constantFrom(0, 1, 3), 0.3),
      optional("namespace", arbitraryNamespace, 0.15),
    )
    .map(([name, number, weight, namespace]) => ({ name, port: number, ...weight, ...namespace }));
}

/** Where certificates are; mostly in the same namespace. */
export const arbitraryCertificateNamespace = optional("namespace", arbitraryNamespace);

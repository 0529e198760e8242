import fc from "fast-check";
import { admitSourceObject } from "../../src/admission/admit-source-object.ts";
import { objectKey, refOf, type SourceObject } from "../../src/model/source-object.ts";
import { arbitraryAuthority, arbitraryBackendTlsPolicy, authorityObjects } from "./backend-tls-objects.ts";
import type { TestCertificates } from "./certificates.ts";
import {
  arbitraryEndpointSlice,
  arbitraryReferenceGrant,
  arbitrarySecret,
  arbitraryService,
  defaultEndpoints,
  type EndpointPool,
  namespaceObjects,
  runningService,
} from "./core-objects.ts";
import { arbitraryGateway, arbitraryOpenGateway, gatewayClassObject, openGateway } from "./gateway-objects.ts";
import { arbitraryIngress, ingressClassObject } from "./ingress-objects.ts";
import { arbitraryListenerSet, openListenerSet } from "./listener-objects.ts";
import { arbitraryAccessPolicy } from "./policy-objects.ts";
import { namespaces, serviceNames } from "./pools.ts";
import { arbitraryGrpcRoute, arbitraryHttpRoute } from "./route-objects.ts";
import { sourceObject } from "./source-object.ts";
import { arbitraryTcpRoute, arbitraryTlsRoute, arbitraryUdpRoute } from "./stream-objects.ts";

/** A set of objects as sources hand them over, one for each key. */
export interface World {
  readonly objects: readonly SourceObject[];
}

/** One thing that happens to a world. */
export type Edit =
  | { readonly kind: "set"; readonly object: SourceObject }
  | { readonly kind: "delete"; readonly key: string };

export interface WorldOptions extends Partial<EndpointPool> {
  readonly certificates: TestCertificates;
  /** Leave policies out, for tests that only look at routing. */
  readonly withoutPolicies?: boolean;
}

/**
 * A small world whose references are mostly good: Services with endpoints, a Gateway for everything on every protocol, and above them a random mix of
 * Gateways, ListenerSets, routes, Ingresses, Secrets, grants and policies. All objects pass admission; they are returned as written, before defaulting.
 */
export function arbitraryWorld(options: WorldOptions): fc.Arbitrary<World> {
  return fc
    .array(arbitraryObject(options), { minLength: 14, maxLength: 36 })
    .map((objects) => ({ objects: unique([...baseObjects(options), ...objects]) }));
}

/** Edits that fit `arbitraryWorld`: objects of the same names set anew or taken away, the base objects of a world included. */
export function arbitraryEdits(
  options: WorldOptions,
  { maxLength = 12 }: { readonly maxLength?: number } = {},
): fc.Arbitrary<readonly Edit[]> {
  const object = fc.oneof(
    { weight: 12, arbitrary: arbitraryObject(options) },
    { weight: 1, arbitrary: fc.constantFrom(...baseObjects(options)) },
  );
  const edit = fc.oneof(
    { weight: 3, arbitrary: object.map((found): Edit => ({ kind: "set", object: found })) },
    { weight: 1, arbitrary: object.map((found): Edit => ({ kind: "delete", key: keyOf(found) })) },
  );
  return fc.array(edit, { minLength: 1, maxLength });
}

/** What is left of a world after edits. */
export function applyEdits(world: World, edits: readonly Edit[]): World {
  const objects = new Map(world.objects.map((object) => [keyOf(object), object]));
  for (const edit of edits) {
    if (edit.kind === "set") objects.set(keyOf(edit.object), edit.object);
    else objects.delete(edit.key);
  }
  return { objects: [...objects.values()] };
}

export function keyOf(object: SourceObject): string {
  return objectKey(refOf(object));
}

/** One object of any kind; most are routes, since they are what worlds are about. */
export function arbitraryObject(options: WorldOptions): fc.Arbitrary<SourceObject> {
  const pool = { endpoints: options.endpoints ?? defaultEndpoints };
  const policies = options.withoutPolicies === true ? [] : [{ weight: 4, arbitrary: arbitraryAccessPolicy() }];
  return fc
    .oneof(
      { weight: 8, arbitrary: arbitraryHttpRoute() },
      { weight: 5, arbitrary: arbitraryIngress() },
      { weight: 2, arbitrary: arbitraryGrpcRoute() },
      { weight: 3, arbitrary: arbitraryTlsRoute() },
      { weight: 2, arbitrary: arbitraryTcpRoute() },
      { weight: 2, arbitrary: arbitraryUdpRoute() },
      { weight: 2, arbitrary: arbitraryGateway() },
      { weight: 1, arbitrary: arbitraryOpenGateway() },
      { weight: 2, arbitrary: arbitraryListenerSet() },
      { weight: 2, arbitrary: arbitraryService() },
      { weight: 2, arbitrary: arbitraryEndpointSlice(pool) },
      { weight: 2, arbitrary: arbitrarySecret(options.certificates) },
      { weight: 1, arbitrary: arbitraryReferenceGrant() },
      { weight: 3, arbitrary: arbitraryBackendTlsPolicy() },
      { weight: 1, arbitrary: arbitraryAuthority(options.certificates) },
      ...policies,
    )
    .filter((object) => admitSourceObject(object).object !== undefined);
}

function baseObjects({ certificates, endpoints = defaultEndpoints }: WorldOptions): readonly SourceObject[] {
  return [
    ...namespaceObjects(),
    gatewayClassObject(),
    ingressClassObject(),
    openGateway(),
    openListenerSet(),
    mainSecret(certificates),
    ...authorityObjects(certificates),
    ...serviceNames.flatMap((name, index) =>
      namespaces.flatMap((namespace) => runningService(namespace, name, endpoints[index % endpoints.length])),
    ),
  ];
}

function mainSecret({ good }: TestCertificates): SourceObject {
  const [first] = good;
  const data = { "tls.crt": first?.chain ?? "", "tls.key": first?.key ?? "" };
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
  return sourceObject({
    apiVersion: "v1",
    kind: "Secret",
    namespace: "shop",
    name: "tls-main",
    content: { type: "kubernetes.io/tls", data: Object.fromEntries(encoded) },
  });
}

/** Later objects replace earlier ones of the same key. */
function unique(objects: readonly SourceObject[]): readonly SourceObject[] {
  return [...new Map(objects.map((object) => [keyOf(object), object])).values()];
}

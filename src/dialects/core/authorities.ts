import type { Collection, Context } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { textAt } from "../../model/json.ts";
import { type Json, kindKey, type SourceObject } from "../../model/source-object.ts";
import { readCertificateBundle } from "../../references/certificate-bundle.ts";
import { configMapKind, secretKind } from "./kinds.ts";

/** What `ca.crt` of a ConfigMap or Secret holds. */
export type Authority =
  | { readonly kind: "usable"; readonly certificates: string }
  /** `reason` ends a sentence that begins with the object's name. */
  | { readonly kind: "broken"; readonly reason: string };

/** The authorities that ConfigMaps and Secrets hold, by `<Kind>/<ns>/<name>`. */
export function readAuthorities(
  graph: Graph,
  configMaps: Collection<SourceObject>,
  secrets: Collection<SourceObject>,
): Collection<Authority> {
  return graph.join("core/authorities", [
    graph.derive<SourceObject, Authority>("core/authorities-of-config-maps", configMaps, (object) => [
      [authorityKey("ConfigMap", object.namespace, object.name), authorityIn(textAt(object.body, "data", "ca.crt"))],
    ]),
    graph.derive<SourceObject, Authority>("core/authorities-of-secrets", secrets, (object) => [
      [authorityKey("Secret", object.namespace, object.name), authorityIn(secretText(object))],
    ]),
  ]);
}

/** Why a reference to certificate authorities leads nowhere. */
export type AuthorityProblem = {
  readonly kind: "unknown-kind" | "missing" | "broken";
  readonly message: string;
};

export type FoundAuthority = { readonly certificates: string } | { readonly problem: AuthorityProblem };

/** Finds what a `caCertificateRefs` entry names, grants aside. */
export function findAuthority(
  authorities: Collection<Authority>,
  context: Context,
  ref: Json,
  ownNamespace: string,
): FoundAuthority {
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "ConfigMap";
  const namespace = textAt(ref, "namespace") ?? ownNamespace;
  const name = textAt(ref, "name") ?? "";
  const known = [configMapKind, secretKind].map(kindKey);
  if (!known.includes(kindKey({ group, kind }))) {
    const message = `Certificate authorities are not read from objects of kind ${kind}${group === "" ? "" : ` of ${group}`}.`;
    return { problem: { kind: "unknown-kind", message } };
  }
  const authority = context.get(authorities, authorityKey(kind, namespace, name));
  if (authority === undefined) {
    return { problem: { kind: "missing", message: `${kind} ${namespace}/${name} does not exist.` } };
  }
  if (authority.kind === "broken") {
    return { problem: { kind: "broken", message: `${kind} ${namespace}/${name} ${authority.reason}.` } };
  }
  return { certificates: authority.certificates };
}

/** What to do about a reference that leads nowhere. */
export function authorityHint(problem: AuthorityProblem): string {
  switch (problem.kind) {
    case "unknown-kind":
      return "Refer to a ConfigMap, or a Secret, with the authorities in ca.crt.";
    case "missing":
      return "Create it, or correct the name.";
    case "broken":
      return "Put the certificates of the authorities into ca.crt, in PEM.";
  }
}

function authorityKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function authorityIn(text: string | undefined): Authority {
  if (text === undefined || text === "") return { kind: "broken", reason: "has no ca.crt" };
  const certificates = readCertificateBundle(text);
  return certificates === undefined
    ? { kind: "broken", reason: "holds no readable PEM certificates in ca.crt" }
    : { kind: "usable", certificates };
}

function secretText(object: SourceObject): string | undefined {
  const text = textAt(object.body, "data", "ca.crt");
  if (text === undefined || text === "") return textAt(object.body, "stringData", "ca.crt");
  return Buffer.from(text, "base64").toString("utf8");
}

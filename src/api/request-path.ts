import { unknownPath } from "./api-error.ts";
import type { ServedKind, ServedKinds } from "./served-kinds.ts";

/** What a path under /api/v1 or /apis/GROUP/VERSION leads to. */
export interface ResourceTarget {
  readonly served: ServedKind;
  /** Empty for cluster-wide kinds and for all namespaces together. */
  readonly namespace: string;
  /** Empty for the collection. */
  readonly name: string;
  readonly subresource: "" | "status";
}

/** Reads a path; throws the API's 404 where nothing is served. Parts are percent-decoded after the path has been taken apart. */
export function parseResourcePath(kinds: ServedKinds, path: string): ResourceTarget {
  const parts = path.split("/").slice(1).map(decode);
  const isCore = parts[0] === "api";
  const [group = "", version = ""] = isCore ? ["", parts[1]] : parts.slice(1, 3);
  const rest = parts.slice(isCore ? 2 : 3);
  const inNamespace = rest[0] === "namespaces" && rest.length >= 3 && !(rest.length === 3 && rest[2] === "status");
  const namespace = inNamespace ? (rest[1] ?? "") : "";
  const [plural = "", name = "", subresource = "", ...more] = inNamespace ? rest.slice(2) : rest;
  const served = kinds.find(group, version, plural);
  if (served === undefined || more.length > 0 || rest.some((part) => part === "")) throw unknownPath();
  const { namespaced, hasStatus } = served.definition;
  if (inNamespace && !namespaced) throw unknownPath();
  if (!inNamespace && namespaced && name !== "") throw unknownPath();
  if (subresource === "") return { served, namespace, name, subresource };
  if (subresource !== "status" || !hasStatus) throw unknownPath();
  return { served, namespace, name, subresource };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unknownPath();
  }
}

import type { EdgeOptions } from "../model/gateway.ts";
import type { PathChange } from "./explanation.ts";

export type NormalisedPath =
  | { readonly kind: "path"; readonly path: string; readonly changes: readonly PathChange[] }
  /** The client is sent to the same URL with the slashes spelled out. */
  | { readonly kind: "redirect"; readonly path: string }
  | { readonly kind: "reject"; readonly because: string };

/**
 * What Envoy makes of a path before it looks for a route: escaped slashes, then dot segments, then repeated slashes (the order of its connection manager).
 * @param path without query.
 */
export function normalisePath(path: string, edge: EdgeOptions): NormalisedPath {
  if (!/^\/[\x21-\x7e]*$/.test(path))
    return { kind: "reject", because: "the path holds characters that must be escaped" };
  const changes: PathChange[] = [];
  const note = (what: PathChange["what"], before: string, after: string): string => {
    if (before !== after) changes.push({ what, path: after });
    return after;
  };
  let current = path;
  const hasEscapedSlashes = /%(2f|5c)/i.test(path);
  if (hasEscapedSlashes && edge.escapedSlashes === "reject") {
    return { kind: "reject", because: "the path holds escaped slashes, which the gateway rejects" };
  }
  if (hasEscapedSlashes && edge.escapedSlashes !== "keep") {
    const unescaped = path.replace(/%2f/gi, "/").replace(/%5c/gi, "\\");
    current = note("escaped slashes", current, unescaped);
  }
  const canonical = withoutDotSegments(current);
  if (canonical === undefined) return { kind: "reject", because: "the path holds an escaped zero byte" };
  current = note("dot segments", current, canonical);
  if (edge.mergeSlashes) current = note("repeated slashes", current, mergeSlashes(current));
  if (hasEscapedSlashes && edge.escapedSlashes === "unescape-and-redirect") return { kind: "redirect", path: current };
  return { kind: "path", path: current, changes };
}

/** Undefined where the path is refused. */
function withoutDotSegments(path: string): string | undefined {
  const canonical = path
    .split("/")
    .map(withoutParameters)
    .join("/")
    .replaceAll("\\", "/")
    .replace(/%([0-9a-f]{2})/gi, withoutNeedlessEscape);
  if (/%00/.test(canonical)) return undefined;
  const output: string[] = [];
  const segments = canonical.split("/");
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === "..") {
      if (output.length > 1) output.pop();
      if (isLast) output.push("");
    } else if (segment !== ".") output.push(segment);
    else if (isLast) output.push("");
  }
  return output
    .join("/")
    .replace(/["<>^`{|}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** "..;x" counts as "..": path parameters must not hide a dot segment. */
function withoutParameters(segment: string): string {
  const name = segment.split(";", 1)[0] ?? "";
  return name === "." || name === ".." ? name : segment;
}

/** Letters, digits and "-._~" need no escape and lose it (RFC 3986, section 6.2.2.2). */
function withoutNeedlessEscape(escaped: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : escaped;
}

function mergeSlashes(path: string): string {
  if (!path.includes("//")) return path;
  const inner = path.split("/").filter((segment) => segment !== "");
  return `/${inner.join("/")}${path.endsWith("/") ? "/" : ""}`;
}

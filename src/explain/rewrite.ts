import { replaceAll } from "../compile/pattern.ts";
import type { PathRewrite, Redirect } from "../model/rule.ts";
import type { Step } from "../model/step.ts";
import type { HeaderChange, MatchedPath } from "./explanation.ts";
import { headerValues, type RoutedRequest } from "./match.ts";

/** The path after a rewrite; the query is never touched. `matched` is the path condition that let the request in. */
export function rewritePath(rewrite: PathRewrite, matched: MatchedPath, path: string): string {
  switch (rewrite.kind) {
    case "full":
      return rewrite.value === "" ? "/" : rewrite.value;
    case "regex":
      return replaceAll(rewrite.pattern, path, rewrite.substitution);
    case "prefix":
      return replacePrefix(rewrite.value, matched ?? { kind: "segment-prefix", value: "/" }, path);
  }
}

/** ReplacePrefixMatch: one slash stands between the replacement and what follows the prefix (HTTPPathModifier, Gateway API v1.6). */
function replacePrefix(value: string, matched: NonNullable<MatchedPath>, path: string): string {
  const replacement = value.replace(/\/+$/, "");
  switch (matched.kind) {
    case "exact":
      return replacement === "" ? "/" : replacement;
    case "segment-prefix": {
      const prefix = matched.value.replace(/\/+$/, "");
      if (prefix === "" && replacement === "") return path;
      const rest = path.slice(prefix.length);
      return replacement === "" ? `/${rest.replace(/^\/+/, "")}` : replacement + rest;
    }
    case "string-prefix": {
      const rest = path.slice(matched.value.length);
      if (matched.value.endsWith("/")) return `${replacement}/${rest}`;
      return (value === "" ? "/" : value) + rest;
    }
    case "regex":
      return path;
  }
}

/**
 * Where a redirect sends the client. Without a port of its own it is the well-known one of the scheme it sets, else the listener's;
 * well-known ports are left out (HTTPRequestRedirectFilter, Gateway API v1.6). The client's own host keeps its letters as they were sent.
 */
export function redirectLocation(
  redirect: Redirect,
  entry: { readonly scheme: "http" | "https"; readonly port: number },
  matched: MatchedPath,
  request: RoutedRequest,
): string {
  const scheme = redirect.scheme ?? entry.scheme;
  const wellKnown = scheme === "https" ? 443 : 80;
  const port = redirect.port ?? (redirect.scheme === undefined ? entry.port : wellKnown);
  const path = redirect.path === undefined ? request.path : rewritePath(redirect.path, matched, request.path);
  const host = redirect.host ?? request.authority.replace(/:\d+$/, "");
  const authority = port === wellKnown ? host : `${host}:${port}`;
  return `${scheme}://${authority}${path}${path.includes("?") ? "" : request.query}`;
}

/** What edits in a row come to; within one edit the order is set, add, remove. */
export function editedHeaders(steps: readonly Step[], request: RoutedRequest): readonly HeaderChange[] {
  const changes = new Map<string, string[]>();
  const valuesOf = (name: string) => changes.get(name.toLowerCase()) ?? [...headerValues(request, name)];
  for (const step of steps) {
    if (step.kind !== "request-headers") continue;
    for (const { name, value } of step.set) changes.set(name.toLowerCase(), [value]);
    for (const { name, value } of step.add) changes.set(name.toLowerCase(), [...valuesOf(name), value]);
    for (const name of step.remove) changes.set(name.toLowerCase(), []);
  }
  return [...changes].map(([name, values]) => ({ name, values }));
}

/** The value that edits give the Host header, which is kept apart from the others. */
export function editedHost(changes: readonly HeaderChange[]): string | undefined {
  return changes.find(({ name }) => name === "host")?.values.at(-1);
}

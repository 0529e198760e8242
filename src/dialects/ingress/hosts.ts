import { listAt, textAt } from "../../model/json.ts";
import type { Match } from "../../model/match.ts";
import type { SourceObject } from "../../model/source-object.ts";

/** The host of a rule, lower case; "*" where it has none. */
export function ruleHost(host: string | undefined): string {
  return host === undefined || host === "" ? "*" : host.toLowerCase();
}

/** All hosts of an Ingress's rules, sorted, without duplicates. */
export function hostsOf(object: SourceObject): readonly string[] {
  const hosts = listAt(object.body, "spec", "rules").map((rule) => ruleHost(textAt(rule, "host")));
  return [...new Set(hosts)].sort();
}

/**
 * What a wildcard host adds to a match: the wildcard stands for exactly one label (Ingress, "Hostname wildcards"), while a virtual host with a
 * wildcard takes any number of them.
 */
export function oneLabelUnder(wildcard: string): Match {
  const suffix = wildcard.slice(1).replaceAll(".", "\\.");
  return { kind: "header", name: ":authority", value: { kind: "regex", value: `(?i)[^.]+${suffix}(:[0-9]+)?` } };
}

export function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}

/** `*.b.c` for `a.b.c`; undefined where there is no such wildcard. */
export function wildcardOver(host: string): string | undefined {
  const dot = host.indexOf(".");
  return dot <= 0 || isWildcard(host) ? undefined : `*${host.slice(dot)}`;
}

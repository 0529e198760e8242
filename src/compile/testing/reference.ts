import type { Listener } from "../../model/gateway.ts";
import { compareOrder } from "../../model/order.ts";
import type { Rule } from "../../model/rule.ts";
import { covers } from "../domain.ts";
import type { Nodes } from "./world.ts";

/** What a request for a host must come to, worked out slowly from the listeners and rules themselves, for comparison with the plan. */
export type Expected =
  | { readonly kind: "closed" }
  | { readonly kind: "misdirected" }
  | { readonly kind: "rules"; readonly keys: readonly string[] };

/** `serverName` is undefined on plain HTTP. All listeners of a port speak one protocol and all certificates that are named are usable. */
export function expectedRules(nodes: Nodes, port: number, serverName: string | undefined, host: string): Expected {
  const listeners = (nodes.listeners ?? []).filter((listener) => listener.bindPort === port);
  if (serverName !== undefined) {
    const entered = siteFor(listeners, serverName, (site) => site.certified);
    if (entered === undefined) return { kind: "closed" };
    const wanted = siteFor(listeners, host, (site) => site.certified || site.isolated);
    if (wanted === undefined && entered.isolated) return { kind: "rules", keys: [] };
    const apart =
      wanted !== undefined &&
      (wanted.isolated !== entered.isolated || (entered.isolated && wanted.hostname !== entered.hostname));
    if (apart) {
      const flagged = wanted.members.concat(entered.members).some((listener) => listener.detectMisdirected);
      return flagged ? { kind: "misdirected" } : { kind: "rules", keys: [] };
    }
  }
  const isolated = listeners.filter((listener) => listener.isolation === "isolated");
  const owner = mostSpecific(
    isolated.map((listener) => listener.hostname),
    host,
  );
  return { kind: "rules", keys: rulesFor(nodes.rules ?? [], listeners, owner, host) };
}

interface Candidate {
  readonly rule: Rule;
  readonly pattern: string;
  /** Rules that hide each other's less specific hosts: one dialect, one isolated listener host or all shared ones. */
  readonly family: string;
}

function rulesFor(
  rules: readonly Rule[],
  listeners: readonly Listener[],
  owner: string | undefined,
  host: string,
): readonly string[] {
  const candidates: Candidate[] = [];
  for (const rule of rules) {
    const reached = listeners.filter((listener) => listener.isolation === "shared" || listener.hostname === owner);
    for (const isolation of ["shared", "isolated"] as const) {
      const hosts = rule.attachments
        .filter((one) => reached.some((listener) => listener.key === one.listener && listener.isolation === isolation))
        .flatMap((one) => one.hosts);
      const pattern = mostSpecific(hosts, host);
      if (pattern !== undefined) candidates.push({ rule, pattern, family: `${isolation} ${rule.dialect}` });
    }
  }
  return candidates
    .filter(
      (one) =>
        one.rule.fallThrough ||
        !candidates.some(
          (other) =>
            !other.rule.fallThrough &&
            other.family === one.family &&
            specificity(other.pattern) > specificity(one.pattern),
        ),
    )
    .sort(
      (a, b) =>
        specificity(b.pattern) - specificity(a.pattern) ||
        compareOrder(a.rule.order, b.rule.order) ||
        (a.rule.key < b.rule.key ? -1 : 1),
    )
    .map((one) => one.rule.key);
}

interface ListenerSite {
  readonly hostname: string;
  readonly members: readonly Listener[];
  readonly isolated: boolean;
  readonly certified: boolean;
}

/** The listeners with the most specific host that covers a host, of those sites that count. */
function siteFor(
  listeners: readonly Listener[],
  host: string,
  counts: (site: ListenerSite) => boolean,
): ListenerSite | undefined {
  const sites = [...new Set(listeners.map((listener) => listener.hostname))].map((hostname): ListenerSite => {
    const members = listeners.filter((listener) => listener.hostname === hostname);
    const isolated = members.some((listener) => listener.isolation === "isolated");
    return { hostname, members, isolated, certified: members.some((one) => one.tls?.certificates.length === 1) };
  });
  const hostnames = sites.filter(counts).map((site) => site.hostname);
  const hostname = mostSpecific(hostnames, host);
  return sites.find((site) => site.hostname === hostname);
}

function mostSpecific(patterns: readonly string[], host: string): string | undefined {
  return patterns.filter((pattern) => covers(pattern, host)).sort((a, b) => specificity(b) - specificity(a))[0];
}

/** An exact host before all wildcards, longer wildcards before shorter ones. */
function specificity(pattern: string): number {
  return pattern.startsWith("*") ? pattern.length : 1000;
}

/**
 * What two host patterns have in common ("*", "*.example.com" for one or more labels in front, "www.example.com"; all lower case); undefined
 * for nothing (HTTPRouteSpec.hostnames, Gateway API v1.6).
 */
export function intersectHosts(a: string, b: string): string | undefined {
  if (a === "*" || a === b) return b;
  if (b === "*") return a;
  if (matchesWildcard(a, b)) return b;
  if (matchesWildcard(b, a)) return a;
  return undefined;
}

/** `host` may be a wildcard itself: `*.a.b` lies within `*.b`. */
function matchesWildcard(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") && host.length > pattern.length - 1 && host.endsWith(pattern.slice(1));
}

/** What a list of hosts keeps on a listener with a host pattern of its own; "*" stands for a route without hosts. Sorted, no duplicates. */
export function hostsOnListener(listenerHost: string, hosts: readonly string[]): readonly string[] {
  const wanted = hosts.length === 0 ? ["*"] : hosts;
  const common = wanted.flatMap((host) => intersectHosts(listenerHost, host.toLowerCase()) ?? []);
  return [...new Set(common)].sort();
}

/** The wildcards that cover a host, from the most to the least specific, "*" last; the host itself is not among them. */
export function hostsOver(host: string): readonly string[] {
  if (host === "*") return [];
  const over: string[] = [];
  let rest = host.startsWith("*.") ? host.slice(2) : host;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    rest = rest.slice(dot + 1);
    over.push(`*.${rest}`);
  }
  return [...over, "*"];
}

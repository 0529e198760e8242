import { intersectHosts } from "../references/hostnames.ts";

/**
 * Host patterns as listeners, rules and virtual hosts use them: "*", "*.example.com" (one or more labels in front) or "www.example.com".
 * All are lower case and carry no port.
 */

/**
 * The patterns that cover everything `domain` covers, the domain itself included, from the most to the least specific:
 * `a.b.com` → `a.b.com`, `*.b.com`, `*.com`, `*`.
 */
export function patternsOver(domain: string): readonly string[] {
  if (domain === "*") return ["*"];
  const patterns = [domain];
  let rest = domain.startsWith("*.") ? domain.slice(2) : domain;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    rest = rest.slice(dot + 1);
    patterns.push(`*.${rest}`);
  }
  patterns.push("*");
  return patterns;
}

/** Whether every host that `domain` stands for matches `pattern`. A wildcard does not cover its own suffix: `*.b.com` leaves `b.com` out. */
export function covers(pattern: string, domain: string): boolean {
  return intersectHosts(pattern, domain) === domain;
}

import type { HeaderValue } from "../model/step.ts";

/**
 * Headers of which Envoy keeps one value: further lines are put behind the first, with a comma (measured on 1.40). All other headers keep
 * their lines, and matches look at each.
 */
const headersOfOneValue: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "access-control-request-private-network",
  "authorization",
  "cache-control",
  "connection",
  "content-encoding",
  "content-type",
  "grpc-accept-encoding",
  "grpc-timeout",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "origin",
  "pragma",
  "referer",
  "te",
  "upgrade",
  "user-agent",
  "via",
  "x-client-trace-id",
  "x-envoy-external-address",
  "x-envoy-original-path",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-request-id",
]);

/** The lines of a request as rules and backends see them. Names are in lower case. */
export function joinHeaderLines(lines: readonly HeaderValue[]): readonly HeaderValue[] {
  const joined: HeaderValue[] = [];
  const places = new Map<string, number>();
  for (const { name, value } of lines) {
    const place = places.get(name);
    const before = place === undefined ? undefined : joined[place];
    if (place !== undefined && before !== undefined) {
      joined[place] = { name, value: before.value === "" ? value : `${before.value},${value}` };
    } else {
      if (headersOfOneValue.has(name)) places.set(name, joined.length);
      joined.push({ name, value });
    }
  }
  return joined;
}

import type { ClientAddressRule } from "../model/gateway.ts";
import type { HeaderValue } from "../model/step.ts";
import { isInAny } from "./client-address.ts";

/** What the proxy knows of a request beside its headers. */
export interface Arrival {
  readonly rule: ClientAddressRule;
  /** The other end of the connection. */
  readonly peer: string;
  /** Of the client, by the rule. */
  readonly clientAddress: string;
  readonly scheme: "http" | "https";
}

/** Stands for an identifier that the proxy makes up. */
const GENERATED_ID = "00000000-0000-4000-8000-000000000000";

/** What clients from outside must not steer the proxy with, and what concerns one connection only. */
const removed: ReadonlySet<string> = new Set([
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-internal",
  "x-envoy-ip-tags",
  "x-envoy-max-retries",
  "x-envoy-original-path",
  "x-envoy-original-url",
  "x-envoy-retriable-header-names",
  "x-envoy-retriable-status-codes",
  "x-envoy-retry-grpc-on",
  "x-envoy-retry-on",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-rq-timeout-ms",
  "x-forwarded-client-cert",
]);

/**
 * The headers as rules and backends see them: what Envoy's connection manager removes, overwrites and adds before it looks for a route (measured on
 * 1.40). Names are in lower case.
 */
export function headersAtProxy(headers: readonly HeaderValue[], arrival: Arrival): readonly HeaderValue[] {
  const { rule, peer, clientAddress, scheme } = arrival;
  // Envoy takes requests from outside to be such only where it looks for the client itself.
  const isEdge = rule.kind !== "trusted-cidrs";
  const upgrades = upgradeOf(headers) !== undefined;
  const kept = headers.flatMap((header): readonly HeaderValue[] => {
    const { name } = header;
    if (name === "connection" || name === "upgrade") return upgrades ? [header] : [];
    if (name === "x-envoy-external-address" && !isEdge) return [];
    if (name === "te" && !upgrades) return trailersOf(header);
    return removed.has(name) ? [] : [header];
  });
  const seen = new Map<string, string>();
  for (const { name, value } of kept) if (!seen.has(name)) seen.set(name, value);
  const written = new Map([["x-forwarded-for", [seen.get("x-forwarded-for"), peer].filter(Boolean).join(",")]]);
  if (isEdge) written.set("x-envoy-external-address", clientAddress);
  if (isEdge || !seen.get("x-request-id")) written.set("x-request-id", GENERATED_ID);
  if (!trustsScheme(arrival) || !seen.has("x-forwarded-proto")) written.set("x-forwarded-proto", scheme);
  return [...kept.filter(({ name }) => !written.has(name)), ...[...written].map(([name, value]) => ({ name, value }))];
}

/** All that is left of TE: whether the client takes trailers; an empty one stays. */
function trailersOf({ name, value }: HeaderValue): readonly HeaderValue[] {
  if (value === "") return [{ name, value }];
  const tokens = value.split(",").map((token) => token.trim().toLowerCase());
  return tokens.includes("trailers") ? [{ name, value: "trailers" }] : [];
}

/** Whether a proxy in front may say which scheme the client used. */
function trustsScheme({ rule, peer }: Arrival): boolean {
  if (rule.kind === "trusted-cidrs") return isInAny(peer, rule.cidrs);
  return rule.kind === "trusted-hops" && rule.hops > 0;
}

/** The protocol that a request asks its connection to be changed to, in lower case; undefined for ordinary requests. */
export function upgradeOf(headers: readonly HeaderValue[]): string | undefined {
  const tokens = headers
    .filter(({ name }) => name === "connection")
    .flatMap(({ value }) => value.split(","))
    .map((token) => token.trim().toLowerCase());
  if (!tokens.includes("upgrade")) return undefined;
  return headers.find(({ name }) => name === "upgrade")?.value.toLowerCase();
}

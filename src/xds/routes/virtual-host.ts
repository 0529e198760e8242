import { create } from "@bufbuild/protobuf";
import type { HostPlan } from "../../compile/plan.ts";
import { encode } from "../../envoy/encode.ts";
import { RouteSchema, VirtualHostSchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion } from "../content-version.ts";
import { joinRequirements, unionRequirements } from "../requirements.ts";
import type { EncodedVirtualHost, HostRule, Requirements } from "../resource.ts";
import { concatenate, frameField } from "../wire.ts";
import type { EncodedRule } from "./rule.ts";

/** Why Envoy would refuse a virtual host for its domain; undefined for a domain it takes. */
export function domainProblem(domain: string): string | undefined {
  if (domain === "*") return undefined;
  const name = domain.startsWith("*.") ? domain.slice(2) : domain;
  if (name === "" || name.includes("*")) return `${JSON.stringify(domain)} is no host Envoy can serve`;
  // Domains must be unique without regard to case, or the whole table is refused.
  if (name !== name.toLowerCase()) return `the host ${JSON.stringify(domain)} is not in lower case`;
  if (!/^[\x21-\x7e]+$/.test(name) || name.length > 255) return `${JSON.stringify(domain)} is no host name`;
  return undefined;
}

/** Some rules of a host in a row, put together. */
export interface RuleRun {
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly requires: Requirements;
}

export function joinRules(rules: readonly EncodedRule[]): RuleRun {
  return {
    bytes: concatenate(rules.map((rule) => rule.bytes)),
    version: combinedVersion(
      "rules",
      rules.map((rule) => rule.version),
    ),
    requires: unionRequirements(rules.map((rule) => rule.requires)),
  };
}

/** A virtual host put together from what its rules were encoded to: bytes are copied and versions hashed, nothing is encoded twice. */
export function encodeVirtualHost(
  { domain, otherwise }: Pick<HostPlan, "domain" | "otherwise">,
  runs: readonly RuleRun[],
  rules: readonly EncodedRule[],
): EncodedVirtualHost {
  const version = combinedVersion(
    `${domain}\n${otherwise}`,
    runs.map((run) => run.version),
  );
  return {
    name: domain,
    version,
    bytes: frameHost(
      domain,
      runs.map((run) => run.bytes),
      endings[otherwise],
    ),
    requires: joinRequirements(runs.map((run) => run.requires)),
    rules,
    standIn: (kept, attempt) => standIn({ domain, otherwise, version, rules }, kept, attempt),
  };
}

function frameHost(domain: string, rules: readonly Uint8Array[], ending: Uint8Array): Uint8Array {
  const head = encode(VirtualHostSchema, create(VirtualHostSchema, { name: domain, domains: [domain] }));
  return frameField(RouteConfigurationSchema.field.virtualHosts.number, [head, ...rules, ending]);
}

interface RefusedHost extends Pick<HostPlan, "domain" | "otherwise"> {
  readonly version: string;
  readonly rules: readonly EncodedRule[];
}

/**
 * First the rules the proxy has, with 503 for those that changed and now decide who may pass, and without those that are gone; where not even the
 * matches of these are taken, 503 for the whole host.
 */
function standIn(
  { domain, otherwise, version, rules }: RefusedHost,
  kept: EncodedVirtualHost | undefined,
  attempt: number,
): EncodedVirtualHost | undefined {
  const had = new Map(kept?.rules?.map((rule) => [rule.key, rule]));
  const wanted = new Set(rules.map(({ key }) => key));
  const narrows = rules.some((rule) => isNarrower(rule, had.get(rule.key)));
  const isGone = [...had.keys()].some((key) => !wanted.has(key));
  if ((!narrows && !isGone) || attempt > 1) return undefined;
  const name = combinedVersion(`${version}\n${attempt}`, [kept?.version ?? ""]);
  const identity = { name: domain, version: name, standsFor: version };
  if (attempt === 1) return { ...identity, bytes: frameHost(domain, [], closedHost), requires: none };
  const parts = rules.flatMap((rule): HostRule[] => {
    const old = had.get(rule.key);
    if (isNarrower(rule, old)) return [closedRule(rule)];
    return old === undefined ? [] : [old];
  });
  return {
    ...identity,
    bytes: frameHost(
      domain,
      parts.map(({ bytes }) => bytes),
      endings[otherwise],
    ),
    requires: unionRequirements(parts.map(({ requires }) => requires)),
    rules: parts,
  };
}

/** Its access is like that of no rule, so that it stays closed until a form of the rule is taken. */
function closedRule({ key, version, closed }: EncodedRule): HostRule {
  return { key, access: "closed", version: `closed ${version}`, bytes: closed(), requires: none };
}

/** Whether a rule may let somebody pass no more whom its old form did: not known to be so where what decides has changed, so that counts. */
function isNarrower(rule: EncodedRule, old: HostRule | undefined): boolean {
  return rule.access !== "" && rule.access !== old?.access;
}

const none: Requirements = { clusters: [], secrets: [], extensions: [] };

/** What requests get that no rule matches. Named, so that access logs tell it from a host that is not served at all. */
const endings: Readonly<Record<HostPlan["otherwise"], Uint8Array>> = {
  "not-found": lastRoute("not-found", 404),
  // "The Gateway SHOULD return a 421" to a request for a host that belongs to another listener (GatewaySpec.listeners, Gateway API v1.6).
  misdirected: lastRoute("misdirected", 421),
};

const closedHost = lastRoute("closed", 503);

function lastRoute(name: string, status: number): Uint8Array {
  const route = create(RouteSchema, {
    name,
    match: { pathSpecifier: { case: "prefix", value: "/" } },
    action: { case: "directResponse", value: { status } },
  });
  return frameField(VirtualHostSchema.field.routes.number, [encode(RouteSchema, route)]);
}

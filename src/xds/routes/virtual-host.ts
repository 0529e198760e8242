import { create } from "@bufbuild/protobuf";
import type { HostPlan } from "../../compile/plan.ts";
import { encode } from "../../envoy/encode.ts";
import { RouteSchema, VirtualHostSchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion } from "../content-version.ts";
import { joinRequirements, unionRequirements } from "../requirements.ts";
import type { EncodedVirtualHost, Requirements } from "../resource.ts";
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
): EncodedVirtualHost {
  const head = encode(VirtualHostSchema, create(VirtualHostSchema, { name: domain, domains: [domain] }));
  const bytes = frameField(RouteConfigurationSchema.field.virtualHosts.number, [
    head,
    ...runs.map((run) => run.bytes),
    endings[otherwise],
  ]);
  const version = combinedVersion(
    `${domain}\n${otherwise}`,
    runs.map((run) => run.version),
  );
  return { name: domain, version, bytes, requires: joinRequirements(runs.map((run) => run.requires)) };
}

/** What requests get that no rule matches. Named, so that access logs tell it from a host that is not served at all. */
const endings: Readonly<Record<HostPlan["otherwise"], Uint8Array>> = {
  "not-found": lastRoute("not-found", 404),
  // "The Gateway SHOULD return a 421" to a request for a host that belongs to another listener (GatewaySpec.listeners, Gateway API v1.6).
  misdirected: lastRoute("misdirected", 421),
};

function lastRoute(name: string, status: number): Uint8Array {
  const route = create(RouteSchema, {
    name,
    match: { pathSpecifier: { case: "prefix", value: "/" } },
    action: { case: "directResponse", value: { status } },
  });
  return frameField(VirtualHostSchema.field.routes.number, [encode(RouteSchema, route)]);
}

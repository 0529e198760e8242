import { create } from "@bufbuild/protobuf";
import type { HostPlan, PlannedRule } from "../../compile/plan.ts";
import { encode } from "../../envoy/encode.ts";
import { RouteSchema, VirtualHostSchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import { combinedVersion } from "../content-version.ts";
import { unionRequirements } from "../requirements.ts";
import type { EncodedVirtualHost } from "../resource.ts";
import { frameField } from "../wire.ts";
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

/**
 * A virtual host put together from what its rules were encoded to: bytes are copied and versions hashed, nothing is encoded twice.
 * @param encoded gives the encoded form of a rule; called once for each rule of the host.
 */
export function encodeVirtualHost(plan: HostPlan, encoded: (rule: PlannedRule) => EncodedRule): EncodedVirtualHost {
  const rules = plan.rules.map((entry) => encoded(entry.value));
  const ending = endings[plan.otherwise];
  const head = encode(VirtualHostSchema, create(VirtualHostSchema, { name: plan.domain, domains: [plan.domain] }));
  const bytes = frameField(RouteConfigurationSchema.field.virtualHosts.number, [
    head,
    ...rules.map((rule) => rule.bytes),
    ending,
  ]);
  const version = combinedVersion(
    `${plan.domain}\n${plan.otherwise}`,
    rules.map((rule) => rule.version),
  );
  return { name: plan.domain, version, bytes, requires: unionRequirements(rules.map((rule) => rule.requires)) };
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

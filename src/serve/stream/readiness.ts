import type { EncodedResource, ProxyPlan, ResourceType } from "../../xds/resource.ts";
import type { RequirementKind } from "./gate.ts";
import type { ClientState } from "./type-state.ts";

/**
 * Whether the client has `name` as the plan has it now, ready for `dependent` (a resource, or a virtual host of one) to name it.
 *
 * - A client that does not want all clusters learns from routes which to ask for; nothing can be waited for then.
 * - Secrets and extensions are asked for because a listener names them, so a listener cannot wait for one that was not asked for.
 *   A route can, and must: it could otherwise be served by a listener whose filters do not know the extension yet.
 */
export function isReady(
  client: ClientState,
  plan: ProxyPlan,
  dependent: ResourceType,
  kind: RequirementKind,
  name: string,
): boolean {
  if (!client[kind].subscription.covers(name)) return kind === "cluster" || dependent !== "route";
  return kind === "cluster" ? isClusterReady(client, plan, name) : hasCurrent(client, plan, kind, name);
}

/**
 * A cluster is ready when the client acknowledged it, and acknowledged its endpoints and secrets at or after that: Envoy
 * acknowledges a cluster before it has warmed, and warms it with the next endpoints it receives.
 */
function isClusterReady(client: ClientState, plan: ProxyPlan, name: string): boolean {
  const { asked, held, outstanding, isolation } = client.cluster;
  const want = plan.get("cluster", name);
  const have = held.get(name);
  if (want?.kind !== "whole" || have === undefined || asked.has(name)) return false;
  if (have.form.version !== want.version && !isolation.isParked(name, want.version)) return false;
  const isBeingRemoved = outstanding?.items.has(name) === true && outstanding.items.get(name) === undefined;
  if (isBeingRemoved) return false;

  const cluster: EncodedResource = have.form.kind === "whole" ? have.form : want;
  const { endpoints } = cluster;
  if (endpoints !== undefined && plan.get("endpoint", endpoints) !== undefined) {
    const answer = client.endpoint.held.get(endpoints);
    if (answer === undefined || answer.sequence < have.sequence) return false;
  }
  return cluster.requires.secrets.every((secret) => client.secret.held.has(secret));
}

function hasCurrent(
  client: ClientState,
  plan: ProxyPlan,
  kind: Exclude<RequirementKind, "cluster">,
  name: string,
): boolean {
  const want = plan.get(kind, name);
  const have = client[kind].held.get(name);
  if (want === undefined || have === undefined) return false;
  if (have.form.version === want.version) return true;
  if (have.form.kind === "whole" && have.form.extendedFrom === want.version) return true;
  return kind === "secret" && client[kind].isolation.isParked(name, want.version);
}

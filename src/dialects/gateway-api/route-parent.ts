import type { Context } from "../../incremental/collection.ts";
import { textAt } from "../../model/json.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { gatewayKind } from "../route-kinds.ts";
import type { ListenerEntry } from "./gateway-entry.ts";
import type { GatewayCollections } from "./gateways.ts";
import { gatewayGroup, listenerSetKind } from "./kinds.ts";

/** What a parentRef of a route names: a Gateway of ours, or a ListenerSet that adds to one. */
export interface RouteParent {
  /** "Gateway infra/edge", as people are told. */
  readonly title: string;
  /** The namespace that "Same" in `allowedRoutes` means. */
  readonly namespace: string;
  readonly listeners: readonly ListenerEntry[];
  /** Whether its Gateway is served at all. */
  readonly usable: boolean;
  /** Why no route can attach, where that is so. */
  readonly refusal?: { readonly message: string; readonly hint: string };
}

export type FoundParent =
  | { readonly kind: "found"; readonly parent: RouteParent }
  | { readonly kind: "missing"; readonly title: string }
  /** Another controller's, or not of a kind that this dialect has parents of. */
  | { readonly kind: "foreign" };

/** Follows a parentRef (ParentReference, Gateway API v1.6). */
export function findParent(
  object: SourceObject,
  ref: Json,
  gateways: GatewayCollections,
  context: Context,
): FoundParent {
  if ((textAt(ref, "group") ?? gatewayGroup) !== gatewayGroup) return { kind: "foreign" };
  const name = `${textAt(ref, "namespace") ?? object.namespace}/${textAt(ref, "name") ?? ""}`;
  const kind = textAt(ref, "kind") ?? gatewayKind.kind;
  const title = `${kind} ${name}`;
  if (kind === gatewayKind.kind) {
    const gateway = context.get(gateways.entries, name);
    if (gateway === undefined) return { kind: "missing", title };
    if (!gateway.own) return { kind: "foreign" };
    const { namespace, listeners, parameterProblem } = gateway;
    return { kind: "found", parent: { title, namespace, listeners, usable: parameterProblem === undefined } };
  }
  if (kind !== listenerSetKind.kind) return { kind: "foreign" };
  const set = context.get(gateways.listenerSets, name);
  if (set === undefined) {
    const exists = context.get(gateways.listenerSetNames, name) !== undefined;
    return exists ? { kind: "foreign" } : { kind: "missing", title };
  }
  const { namespace, listeners, usable } = set;
  const parent = { title, namespace, listeners, usable };
  if (set.allowed) return { kind: "found", parent };
  const message = `${title} has no listeners on Gateway ${set.gateway}, which does not take it.`;
  const refusal = { message, hint: "Change allowedListeners of the Gateway." };
  return { kind: "found", parent: { ...parent, refusal } };
}

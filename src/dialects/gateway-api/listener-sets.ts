import type { Collection, Context, Entry, Group } from "../../incremental/collection.ts";
import { textAt, valueAt } from "../../model/json.ts";
import { objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { DialectInputs, DialectOptions } from "../dialect.ts";
import { type GatewayEntry, type ListenerEntry, readListeners } from "./gateway-entry.ts";
import { gatewayGroup, gatewayKind, listenerSetKind } from "./kinds.ts";
import { readSelector, selects } from "./label-selector.ts";
import { ListenerPrecedence } from "./listener-precedence.ts";

/** A ListenerSet whose parent is a Gateway of ours, as routes see it. */
export interface ListenerSetEntry {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** `namespace/name` of the Gateway whose listeners it adds to. */
  readonly gateway: string;
  /** `objectKey` of that Gateway. */
  readonly gatewayObject: string;
  /** Whether the Gateway's `allowedListeners` selects it. */
  readonly allowed: boolean;
  /** Whether the Gateway is served at all. */
  readonly usable: boolean;
  /** Empty where it is not allowed. */
  readonly listeners: readonly ListenerEntry[];
}

/** The Gateway (`namespace/name`) that a ListenerSet names; undefined where its parent is of another kind. */
export function parentGateway(set: SourceObject): string | undefined {
  const ref = valueAt(set.body, "spec", "parentRef");
  if ((textAt(ref, "group") ?? gatewayGroup) !== gatewayGroup) return undefined;
  if ((textAt(ref, "kind") ?? gatewayKind.kind) !== gatewayKind.kind) return undefined;
  return `${textAt(ref, "namespace") ?? set.namespace}/${textAt(ref, "name") ?? ""}`;
}

/**
 * ListenerSets by `namespace/name`, those of other controllers' Gateways left out. An edit of one runs the others of its Gateway, since they may conflict;
 * routes and statuses run again only where the outcome differs. A Gateway's own listeners come first and never depend on ListenerSets.
 */
export function readListenerSets(
  { graph, objects, core, options }: DialectInputs,
  gateways: Collection<GatewayEntry>,
): Collection<ListenerSetEntry> {
  const byGateway = graph.group(
    "gateway-api/listener-sets-by-gateway",
    objects(listenerSetKind),
    (set) => [parentGateway(set)].filter((gateway) => gateway !== undefined),
    compareAge,
  );
  return graph.derive("gateway-api/listener-sets", objects(gatewayKind), (gateway, _key, context) => {
    const entry = context.get(gateways, `${gateway.namespace}/${gateway.name}`);
    return entry?.own === true ? attach(gateway, entry, byGateway, core.namespaces, options, context) : [];
  });
}

/** Oldest first, then by name (ListenerSetSpec.listeners, Gateway API v1.6). */
function compareAge(a: SourceObject, b: SourceObject): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  const left = `${a.namespace}/${a.name}`;
  const right = `${b.namespace}/${b.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}

function attach(
  gateway: SourceObject,
  { key: gatewayKey, listeners, frontend, parameterProblem }: GatewayEntry,
  byGateway: Group<SourceObject>,
  namespaces: Collection<Readonly<Record<string, string>>>,
  options: DialectOptions,
  context: Context,
): readonly (readonly [string, ListenerSetEntry])[] {
  const precedence = new ListenerPrecedence(listeners);
  const gatewayObject = objectKey(refOf(gateway));
  return context.group(byGateway, gatewayKey).map(({ value: set }: Entry<SourceObject>) => {
    const key = `${set.namespace}/${set.name}`;
    const allowed = isAllowed(gateway, set.namespace, namespaces, context);
    const usable = parameterProblem === undefined;
    const common = { key, namespace: set.namespace, gateway: gatewayKey, gatewayObject, allowed, usable };
    if (!allowed) return [key, { ...common, listeners: [] }];
    const claimed = precedence.claim(readListeners(set, frontend, options, `${gatewayKey}/${key}`));
    return [key, { ...common, listeners: claimed }];
  });
}

/** Whether a Gateway takes ListenerSets of a namespace (AllowedListeners, Gateway API v1.6; none by default). */
function isAllowed(
  gateway: SourceObject,
  namespace: string,
  namespaces: Collection<Readonly<Record<string, string>>>,
  context: Context,
): boolean {
  const allowed = valueAt(gateway.body, "spec", "allowedListeners", "namespaces");
  switch (textAt(allowed, "from")) {
    case "All":
      return true;
    case "Same":
      return namespace === gateway.namespace;
    case "Selector": {
      const labels = { ...context.get(namespaces, namespace), "kubernetes.io/metadata.name": namespace };
      return selects(readSelector(valueAt(allowed, "selector")), labels);
    }
    default:
      return false;
  }
}

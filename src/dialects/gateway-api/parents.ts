import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt, textAt } from "../../model/json.ts";
import type { Attachment } from "../../model/rule.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusValue } from "../../model/status.ts";
import { hostsOnListener } from "../../references/hostnames.ts";
import { origin } from "../origin.ts";
import { met, unmet } from "./conditions.ts";
import { type GatewayEntry, isAccepted, type ListenerEntry } from "./gateway-entry.ts";
import type { GatewayCollections } from "./gateways.ts";
import { gatewayGroup, type RouteKind } from "./kinds.ts";
import { selects } from "./label-selector.ts";

/** One parentRef of a route that names a Gateway of ours. */
export interface ParentResult {
  /** The reference as it stands in the status. */
  readonly parentRef: StatusValue;
  readonly accepted: Condition;
  /** Keys of the listeners it attaches to; empty where it is not accepted. */
  readonly listeners: readonly string[];
}

export interface Parents {
  readonly results: readonly ParentResult[];
  /** Keys of the listeners that count the route as attached. */
  readonly attachedTo: readonly string[];
  /** Where the route's rules are served, sorted by listener. */
  readonly attachments: readonly Attachment[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the listeners that a route attaches to (ParentReference and AllowedRoutes, Gateway API v1.6). */
export function findParents(
  object: SourceObject,
  kind: RouteKind,
  hosts: readonly string[],
  gateways: GatewayCollections,
  context: Context,
): Parents {
  const results: ParentResult[] = [];
  const diagnostics: Diagnostic[] = [];
  const attached = new Map<string, { readonly hosts: Set<string>; readonly served: boolean }>();
  listAt(object.body, "spec", "parentRefs").forEach((ref, index) => {
    if (textAt(ref, "kind") === "ListenerSet" && (textAt(ref, "group") ?? gatewayGroup) === gatewayGroup) {
      const where = origin(object, "spec", "parentRefs", index, "kind");
      diagnostics.push(diagnose("WR0206", where, "ListenerSets are not supported yet.", "Refer to a Gateway."));
    }
    if ((textAt(ref, "group") ?? gatewayGroup) !== gatewayGroup || (textAt(ref, "kind") ?? "Gateway") !== "Gateway")
      return;
    const where = origin(object, "spec", "parentRefs", index);
    const name = `${textAt(ref, "namespace") ?? object.namespace}/${textAt(ref, "name") ?? ""}`;
    const gateway = context.get(gateways.entries, name);
    if (gateway === undefined) {
      const hint = "Create the Gateway, or correct the name and namespace.";
      diagnostics.push(diagnose("WR0209", where, `Gateway ${name} does not exist.`, hint));
      return;
    }
    if (!gateway.own) return;
    const choice = chooseListeners(object, kind, hosts, ref, gateway, gateways, context);
    results.push({
      parentRef: describeParent(ref),
      accepted: choice.accepted,
      listeners: choice.listeners.map(({ listener }) => listener.key),
    });
    if (choice.problem !== undefined) {
      diagnostics.push(diagnose(choice.problem.code, where, choice.accepted.message, choice.problem.hint));
    }
    const usable = gateway.parameterProblem === undefined;
    for (const { listener, common } of choice.listeners) {
      const known = attached.get(listener.key);
      if (known === undefined) {
        attached.set(listener.key, { hosts: new Set(common), served: usable && isAccepted(listener) });
      } else for (const host of common) known.hosts.add(host);
    }
  });
  if (textAt(object.body, "spec", "useDefaultGateways") === "All") {
    const message = "Default Gateways are not supported yet: the route attaches to those it names only.";
    const where = origin(object, "spec", "useDefaultGateways");
    diagnostics.push(diagnose("WR0303", where, message, "Name the Gateway in spec.parentRefs."));
  }
  const keys = [...attached.keys()].sort();
  const attachments = keys.flatMap((listener) => {
    const entry = attached.get(listener);
    return entry?.served === true ? [{ listener, hosts: [...entry.hosts].sort() }] : [];
  });
  return { results, attachedTo: keys, attachments, diagnostics };
}

interface Choice {
  readonly accepted: Condition;
  readonly listeners: readonly { readonly listener: ListenerEntry; readonly common: readonly string[] }[];
  readonly problem?: { readonly code: "WR0209" | "WR0307" | "WR0308"; readonly hint: string };
}

function chooseListeners(
  object: SourceObject,
  kind: RouteKind,
  hosts: readonly string[],
  ref: Json,
  gateway: GatewayEntry,
  gateways: GatewayCollections,
  context: Context,
): Choice {
  const section = textAt(ref, "sectionName");
  const port = numberAt(ref, "port");
  const named = gateway.listeners.filter(
    (listener) =>
      (section === undefined || listener.section === section) && (port === undefined || listener.port === port),
  );
  if (named.length === 0) {
    const wanted = [section === undefined ? "" : ` named ${section}`, port === undefined ? "" : ` on port ${port}`];
    const has = gateway.listeners.map((listener) => `${listener.section} (port ${listener.port})`).join(", ");
    const message = `Gateway ${gateway.key} has no listener${wanted.join("")}.`;
    return refuse("NoMatchingParent", message, "WR0209", `It has ${has}.`);
  }
  const allowed = named.filter(
    (listener) =>
      listener.kinds.includes(kind) && admitsNamespace(listener, object.namespace, gateway, gateways, context),
  );
  if (allowed.length === 0) {
    const message = `Gateway ${gateway.key} does not let ${kind}s of namespace ${object.namespace} attach.`;
    return refuse("NotAllowedByListeners", message, "WR0308", "Change allowedRoutes of the listener.");
  }
  const listeners = allowed.flatMap((listener) => {
    const common = hostsOnListener(listener.hostname, hosts);
    return common.length === 0 ? [] : [{ listener, common }];
  });
  if (listeners.length === 0) {
    const has = allowed.map((listener) => listener.hostname).join(", ");
    const message = `No listener of Gateway ${gateway.key} serves the hosts ${hosts.join(", ")}.`;
    return refuse("NoMatchingListenerHostname", message, "WR0307", `They serve ${has}.`);
  }
  return { accepted: met("Accepted", "Accepted", `The route is attached to Gateway ${gateway.key}.`), listeners };
}

function refuse(reason: string, message: string, code: "WR0209" | "WR0307" | "WR0308", hint: string): Choice {
  return { accepted: unmet("Accepted", reason, message), listeners: [], problem: { code, hint } };
}

function admitsNamespace(
  listener: ListenerEntry,
  namespace: string,
  gateway: GatewayEntry,
  gateways: GatewayCollections,
  context: Context,
): boolean {
  switch (listener.namespaces.from) {
    case "All":
      return true;
    case "Same":
      return namespace === gateway.namespace;
    case "Selector":
      return selects(listener.namespaces.selector, namespaceLabels(namespace, gateways, context));
  }
}

/** Every namespace has the label with its own name, as the API server sees to it, whether or not it is written down. */
function namespaceLabels(
  namespace: string,
  gateways: GatewayCollections,
  context: Context,
): Readonly<Record<string, string>> {
  return { ...context.get(gateways.namespaces, namespace), "kubernetes.io/metadata.name": namespace };
}

/** The fields of the reference that were written, as the status repeats them. */
function describeParent(ref: Json): StatusValue {
  return {
    group: textAt(ref, "group") ?? gatewayGroup,
    kind: textAt(ref, "kind") ?? "Gateway",
    namespace: textAt(ref, "namespace"),
    name: textAt(ref, "name") ?? "",
    sectionName: textAt(ref, "sectionName"),
    port: numberAt(ref, "port"),
  };
}

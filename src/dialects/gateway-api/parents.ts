import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt, textAt } from "../../model/json.ts";
import type { Attachment } from "../../model/rule.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusValue } from "../../model/status.ts";
import { hostsOnListener } from "../../references/hostnames.ts";
import { origin } from "../origin.ts";
import { met, unmet } from "./conditions.ts";
import { isAccepted, type ListenerEntry } from "./gateway-entry.ts";
import type { GatewayCollections } from "./gateways.ts";
import { type AnyRouteKind, gatewayGroup } from "./kinds.ts";
import { selects } from "./label-selector.ts";
import { findParent, type RouteParent } from "./route-parent.ts";

/** One parentRef of a route that names a Gateway of ours, or a ListenerSet of one. */
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
  /** Those of the listeners in `attachments` that decrypt TLS. */
  readonly terminating: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the listeners that a route attaches to (ParentReference and AllowedRoutes, Gateway API v1.6). */
export function findParents(
  object: SourceObject,
  kind: AnyRouteKind,
  hosts: readonly string[],
  gateways: GatewayCollections,
  context: Context,
): Parents {
  const results: ParentResult[] = [];
  const diagnostics: Diagnostic[] = [];
  const attached = new Map<
    string,
    { readonly hosts: Set<string>; readonly served: boolean; readonly terminates: boolean }
  >();
  listAt(object.body, "spec", "parentRefs").forEach((ref, index) => {
    const found = findParent(object, ref, gateways, context);
    if (found.kind === "foreign") return;
    const where = origin(object, "spec", "parentRefs", index);
    if (found.kind === "missing") {
      const hint = `Create the ${found.title.split(" ")[0]}, or correct the name and namespace.`;
      diagnostics.push(diagnose("WR0209", where, `${found.title} does not exist.`, hint));
      return;
    }
    const { parent } = found;
    const choice = chooseListeners(object, kind, hosts, ref, parent, gateways, context);
    results.push({
      parentRef: describeParent(ref),
      accepted: choice.accepted,
      listeners: choice.listeners.map(({ listener }) => listener.key),
    });
    if (choice.problem !== undefined) {
      diagnostics.push(diagnose(choice.problem.code, where, choice.accepted.message, choice.problem.hint));
    }
    for (const { listener, common } of choice.listeners) {
      const known = attached.get(listener.key);
      if (known === undefined) {
        attached.set(listener.key, {
          hosts: new Set(common),
          served: parent.usable && isAccepted(listener),
          terminates: listener.tlsMode === "terminate",
        });
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
  const terminating = attachments
    .map(({ listener }) => listener)
    .filter((listener) => attached.get(listener)?.terminates === true);
  return { results, attachedTo: keys, attachments, terminating, diagnostics };
}

interface Choice {
  readonly accepted: Condition;
  readonly listeners: readonly { readonly listener: ListenerEntry; readonly common: readonly string[] }[];
  readonly problem?: { readonly code: "WR0209" | "WR0307" | "WR0308"; readonly hint: string };
}

function chooseListeners(
  object: SourceObject,
  kind: AnyRouteKind,
  hosts: readonly string[],
  ref: Json,
  parent: RouteParent,
  gateways: GatewayCollections,
  context: Context,
): Choice {
  if (parent.refusal !== undefined) {
    return refuse("NoMatchingParent", parent.refusal.message, "WR0209", parent.refusal.hint);
  }
  const section = textAt(ref, "sectionName");
  const port = numberAt(ref, "port");
  const named = parent.listeners.filter(
    (listener) =>
      (section === undefined || listener.section === section) && (port === undefined || listener.port === port),
  );
  if (named.length === 0) {
    const wanted = [section === undefined ? "" : ` named ${section}`, port === undefined ? "" : ` on port ${port}`];
    const has = parent.listeners.map((listener) => `${listener.section} (port ${listener.port})`).join(", ");
    const message = `${parent.title} has no listener${wanted.join("")}.`;
    return refuse("NoMatchingParent", message, "WR0209", `It has ${has}.`);
  }
  const allowed = named.filter(
    (listener) =>
      listener.kinds.includes(kind) && admitsNamespace(listener, object.namespace, parent, gateways, context),
  );
  if (allowed.length === 0) {
    const message = `${parent.title} does not let ${kind}s of namespace ${object.namespace} attach.`;
    return refuse("NotAllowedByListeners", message, "WR0308", "Change allowedRoutes of the listener.");
  }
  const listeners = allowed.flatMap((listener) => {
    const common = hostsOnListener(listener.hostname, hosts);
    return common.length === 0 ? [] : [{ listener, common }];
  });
  if (listeners.length === 0) {
    const has = allowed.map((listener) => listener.hostname).join(", ");
    const message = `No listener of ${parent.title} serves the hosts ${hosts.join(", ")}.`;
    return refuse("NoMatchingListenerHostname", message, "WR0307", `They serve ${has}.`);
  }
  return { accepted: met("Accepted", "Accepted", `The route is attached to ${parent.title}.`), listeners };
}

function refuse(reason: string, message: string, code: "WR0209" | "WR0307" | "WR0308", hint: string): Choice {
  return { accepted: unmet("Accepted", reason, message), listeners: [], problem: { code, hint } };
}

function admitsNamespace(
  listener: ListenerEntry,
  namespace: string,
  parent: RouteParent,
  gateways: GatewayCollections,
  context: Context,
): boolean {
  switch (listener.namespaces.from) {
    case "All":
      return true;
    case "Same":
      return namespace === parent.namespace;
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

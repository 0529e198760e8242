import type { Collection, Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Listener } from "../../model/gateway.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import { origin } from "../origin.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import { analyseListener, type GatewayAnalysis, type ListenerStatusParts, listenerStatuses } from "./gateway.ts";
import type { ListenerEntry } from "./gateway-entry.ts";
import { type ListenerSetEntry, parentGateway } from "./listener-sets.ts";
import type { TlsOverlap } from "./overlapping-tls.ts";

/** What a ListenerSet comes to. */
export interface ListenerSetAnalysis {
  /** `objectKey` of the Gateway that counts it as attached; undefined where it is not accepted. */
  readonly attachedTo?: string;
  readonly listeners: readonly Listener[];
  readonly diagnostics: readonly Diagnostic[];
  /** Without the number of attached routes, which changes far more often; undefined where another controller has the say. */
  readonly status?: ListenerSetStatusParts;
}

export interface ListenerSetStatusParts {
  readonly report: Omit<StatusReport, "status">;
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatusParts[];
}

/**
 * A ListenerSet whose parent is a Gateway of ours (ListenerSetSpec, Gateway API v1.6). It is accepted where the Gateway takes it, is served itself, and
 * at least one of its listeners can be served.
 */
export function analyseListenerSet(
  object: SourceObject,
  entry: ListenerSetEntry,
  gateway: GatewayAnalysis | undefined,
  overlaps: Collection<TlsOverlap>,
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): ListenerSetAnalysis {
  const report = { object: refOf(object), generation: object.generation, programmedBy: entry.gateway };
  if (!entry.allowed) {
    const message = `Gateway ${entry.gateway} takes no ListenerSets of namespace ${object.namespace}.`;
    const hint = "Change allowedListeners of the Gateway.";
    const conditions = [unmet("Accepted", "NotAllowed", message), unmet("Programmed", "NotAllowed", message)];
    return {
      listeners: [],
      diagnostics: [diagnose("WR0312", origin(object, "spec", "parentRef"), message, hint)],
      status: { report, conditions, listeners: [] },
    };
  }
  const parts = entry.listeners.map((listener) => {
    const part = analyseListener(object, entry.gateway, listener, overlaps, core, options, context);
    return { ...part, status: withConflictReason(part.status, listener) };
  });
  const diagnostics = parts.flatMap((part) => part.diagnostics);
  const invalid = parts.filter((part) => !isValid(part.status)).map((part) => part.status.name);
  const listeners = parts.map((part) => part.status);
  if (gateway?.gateway === undefined) {
    const message = `Gateway ${entry.gateway} is not accepted.`;
    const conditions = [
      unmet("Accepted", "ParentNotAccepted", message),
      unmet("Programmed", "ParentNotProgrammed", message),
    ];
    return { listeners: [], diagnostics, status: { report, conditions, listeners } };
  }
  if (invalid.length === parts.length) {
    const message = `Not served: ${invalid.join(", ")}.`;
    const conditions = ["Accepted", "Programmed"].map((type) => unmet(type, "ListenersNotValid", message));
    return { listeners: [], diagnostics, status: { report, conditions, listeners } };
  }
  const accepted =
    invalid.length === 0
      ? met("Accepted", "Accepted", `The listeners are part of Gateway ${entry.gateway}.`)
      : met("Accepted", "ListenersNotValid", `Not served: ${invalid.join(", ")}.`);
  return {
    attachedTo: entry.gatewayObject,
    listeners: parts.flatMap((part) => part.listener ?? []),
    diagnostics,
    status: { report, conditions: [accepted], listeners },
  };
}

/** A ListenerSet whose parent is no Gateway of ours: another controller's, or a mistake. */
export function unattached(object: SourceObject, gatewayExists: (gateway: string) => boolean): ListenerSetAnalysis {
  const gateway = parentGateway(object);
  if (gateway === undefined || gatewayExists(gateway)) return { listeners: [], diagnostics: [] };
  const hint = "Create the Gateway, or correct the name and namespace.";
  const where = origin(object, "spec", "parentRef");
  return { listeners: [], diagnostics: [diagnose("WR0209", where, `Gateway ${gateway} does not exist.`, hint)] };
}

/** The complete status, with the number of routes attached to each listener. */
export function listenerSetStatus(
  { report, conditions, listeners }: ListenerSetStatusParts,
  attachedRoutes: (listener: string) => number,
): StatusReport {
  return {
    ...report,
    status: { conditions: conditions.map(conditionValue), listeners: listenerStatuses(listeners, attachedRoutes) },
  };
}

/** A listener of a ListenerSet that lost its place says why in Programmed too. */
function withConflictReason(status: ListenerStatusParts, { conflict }: ListenerEntry): ListenerStatusParts {
  if (conflict === undefined) return status;
  const said = status.conditions.find(({ type }) => type === "Conflicted");
  const programmed = unmet("Programmed", conflict.reason, said?.message ?? "");
  return { ...status, conditions: [...status.conditions.filter(({ type }) => type !== "Programmed"), programmed] };
}

function isValid({ conditions }: ListenerStatusParts): boolean {
  return !conditions.some(({ type, status }) => status === "False" && (type === "Accepted" || type === "Programmed"));
}

import type { Context } from "../../incremental/collection.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt } from "../../model/json.ts";
import type { Rule } from "../../model/rule.ts";
import { type ObjectRef, refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import type { UnresolvedReason } from "./backend-refs.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import type { GatewayCollections } from "./gateways.ts";
import type { RouteKind } from "./kinds.ts";
import { findParents, type ParentResult, type Parents } from "./parents.ts";

/** What one route object comes to by itself. */
export interface RouteAnalysis {
  readonly object: ObjectRef;
  readonly source: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly kind: RouteKind;
  readonly parents: Parents;
  readonly translated: TranslatedRules;
}

/** What is left of it beside the other routes. */
export interface SettledRoute {
  readonly rules: readonly Rule[];
  /** Keys of the listeners that count it as attached. */
  readonly attachedTo: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly status: StatusReport;
}

export interface RouteInputs {
  readonly object: SourceObject;
  readonly kind: RouteKind;
  readonly core: CoreCollections;
  readonly options: DialectOptions;
  readonly context: Context;
}

/** What the rules of a route come to, whatever it is attached to. */
export interface TranslatedRules {
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
  /** The first reference that does not resolve, as the condition ResolvedRefs names it. */
  readonly unresolved?: { readonly reason: UnresolvedReason; readonly message: string };
  /** Rules that cannot be served as written and were left out. */
  readonly dropped: readonly { readonly rule: number; readonly reason: RejectionReason; readonly message: string }[];
  readonly ruleCount: number;
}

export type RejectionReason = "UnsupportedValue" | "IncompatibleFilters";

export type TranslateRules = (inputs: RouteInputs, parents: Parents) => TranslatedRules;

export function analyseRoute(
  inputs: RouteInputs,
  gateways: GatewayCollections,
  translateRules: TranslateRules,
): RouteAnalysis {
  const { object, kind, context } = inputs;
  const hosts = listAt(object.body, "spec", "hostnames").filter((host) => typeof host === "string");
  const parents = findParents(object, kind, hosts, gateways, context);
  return {
    object: refOf(object),
    source: object.source,
    generation: object.generation,
    creationTimestamp: object.creationTimestamp,
    kind,
    parents,
    translated: translateRules(inputs, parents),
  };
}

/** Whether none of a route's rules can be served as written. */
export function isInvalid({ ruleCount, dropped }: TranslatedRules): boolean {
  return ruleCount > 0 && dropped.length === ruleCount;
}

/**
 * Rules, diagnostics and status of a route.
 * @param lostOn why a listener serves another route in its place, by listener key.
 */
export function settleRoute(
  analysis: RouteAnalysis,
  controllerName: string,
  lostOn: ReadonlyMap<string, Diagnostic>,
): SettledRoute {
  const { parents, translated } = analysis;
  const nothingLeft = isInvalid(translated);
  const attachments = parents.attachments.filter(({ listener }) => !lostOn.has(listener));
  const lost = attachments.length < parents.attachments.length;
  const rules = lost ? translated.rules.map((rule) => ({ ...rule, attachments })) : translated.rules;
  return {
    rules: attachments.length === 0 ? [] : rules,
    attachedTo: nothingLeft ? [] : parents.attachedTo.filter((listener) => !lostOn.has(listener)),
    diagnostics: [
      ...parents.diagnostics,
      ...new Map([...lostOn.values()].map((diagnostic) => [diagnostic.message, diagnostic])).values(),
      ...(parents.results.length === 0 ? [] : translated.diagnostics),
    ],
    status: {
      object: analysis.object,
      generation: analysis.generation,
      status: {
        parents: parents.results.map((parent) => ({
          parentRef: parent.parentRef,
          controllerName,
          conditions: parentConditions(parent, translated, nothingLeft, lostOn).map(conditionValue),
        })),
      },
    },
  };
}

function parentConditions(
  parent: ParentResult,
  translated: TranslatedRules,
  nothingLeft: boolean,
  lostOn: ReadonlyMap<string, Diagnostic>,
): readonly Condition[] {
  const resolved =
    translated.unresolved === undefined
      ? met("ResolvedRefs", "ResolvedRefs", "All references are resolved.")
      : unmet("ResolvedRefs", translated.unresolved.reason, translated.unresolved.message);
  if (parent.accepted.status !== "True") return [parent.accepted, resolved];
  const [first] = translated.dropped;
  if (first !== undefined && nothingLeft) return [unmet("Accepted", first.reason, first.message), resolved];
  const [loss] = parent.listeners.flatMap((listener) => lostOn.get(listener) ?? []);
  if (loss !== undefined && parent.listeners.every((listener) => lostOn.has(listener))) {
    return [unmet("Accepted", "HostnameConflict", loss.message), resolved];
  }
  if (first === undefined) return [parent.accepted, resolved];
  const list = translated.dropped.map((rule) => `rule ${rule.rule}: ${rule.message}`).join(" ");
  return [parent.accepted, resolved, met("PartiallyInvalid", "UnsupportedValue", `Dropped Rule: ${list}`)];
}

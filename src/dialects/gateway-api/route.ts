import type { Context } from "../../incremental/collection.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt } from "../../model/json.ts";
import type { Rule } from "../../model/rule.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import type { UnresolvedReason } from "./backend-refs.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import type { GatewayCollections } from "./gateways.ts";
import type { RouteKind } from "./kinds.ts";
import { findParents, type Parents } from "./parents.ts";

/** What one route object comes to. */
export interface RouteAnalysis {
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
  const translated = translateRules(inputs, parents);
  const nothingLeft = translated.ruleCount > 0 && translated.dropped.length === translated.ruleCount;
  return {
    rules: parents.attachments.length === 0 ? [] : translated.rules,
    attachedTo: nothingLeft ? [] : parents.attachedTo,
    diagnostics: [...parents.diagnostics, ...(parents.results.length === 0 ? [] : translated.diagnostics)],
    status: routeStatus(inputs, parents, translated, nothingLeft),
  };
}

function routeStatus(
  { object, options }: RouteInputs,
  parents: Parents,
  translated: TranslatedRules,
  nothingLeft: boolean,
): StatusReport {
  const resolved =
    translated.unresolved === undefined
      ? met("ResolvedRefs", "ResolvedRefs", "All references are resolved.")
      : unmet("ResolvedRefs", translated.unresolved.reason, translated.unresolved.message);
  const first = translated.dropped[0];
  return {
    object: refOf(object),
    generation: object.generation,
    status: {
      parents: parents.results.map((parent) => {
        const conditions: Condition[] = [parent.accepted, resolved];
        if (first !== undefined && parent.accepted.status === "True") {
          if (nothingLeft) conditions[0] = unmet("Accepted", first.reason, first.message);
          else {
            const list = translated.dropped.map((rule) => `rule ${rule.rule}: ${rule.message}`).join(" ");
            conditions.push(met("PartiallyInvalid", "UnsupportedValue", `Dropped Rule: ${list}`));
          }
        }
        return {
          parentRef: parent.parentRef,
          controllerName: options.gatewayController,
          conditions: conditions.map(conditionValue),
        };
      }),
    },
  };
}

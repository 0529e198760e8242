import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt } from "../../model/json.ts";
import type { Forward, Respond, WeightedBackend } from "../../model/rule.ts";
import type { Json } from "../../model/source-object.ts";
import type { Step } from "../../model/step.ts";
import { origin } from "../origin.ts";
import { resolveBackend, type UnresolvedReason } from "./backend-refs.ts";
import type { RouteInputs } from "./route.ts";

export interface RuleBackends {
  readonly end: Pick<Forward, "kind" | "backends" | "upgrades"> | Respond;
  readonly diagnostics: readonly Diagnostic[];
  readonly unresolved?: { readonly reason: UnresolvedReason; readonly message: string };
}

/** Filters of one backendRef: edits that its requests get, or why they cannot be honoured. */
export type BackendFilters = (
  filters: readonly Json[],
  path: readonly (string | number)[],
) => { readonly steps: readonly Step[]; readonly problem?: Diagnostic };

/**
 * Where the requests of a rule go. What cannot be resolved answers 500 for its share; a rule without any usable backend answers 500 to all
 * (HTTPRouteRule.backendRefs, Gateway API v1.6).
 */
export function ruleBackends(
  inputs: RouteInputs,
  rule: Json,
  ruleIndex: number,
  backendFilters: BackendFilters,
): RuleBackends {
  const { object, kind, core, context } = inputs;
  const diagnostics: Diagnostic[] = [];
  const backends: WeightedBackend[] = [];
  let unresolved: RuleBackends["unresolved"];
  let websocket = true;
  listAt(rule, "backendRefs").forEach((ref, index) => {
    const path = ["spec", "rules", ruleIndex, "backendRefs", index] as const;
    const weight = numberAt(ref, "weight") ?? 1;
    const resolved = resolveBackend(object, kind, ref, path, core, context);
    const filters = backendFilters(listAt(ref, "filters"), [...path, "filters"]);
    const base = { weight, steps: filters.steps, origin: origin(object, ...path) };
    if (resolved.kind !== "backend") diagnostics.push(resolved.diagnostic);
    if (resolved.kind === "unresolved") {
      unresolved ??= { reason: resolved.reason, message: resolved.diagnostic.message };
    }
    if (filters.problem !== undefined) diagnostics.push(filters.problem);
    if (resolved.kind !== "backend" || filters.problem !== undefined) {
      backends.push({ ...base, target: { kind: "respond", status: 500 } });
      return;
    }
    websocket &&= resolved.websocket;
    backends.push({ ...base, target: { kind: "backend", backend: resolved.key } });
  });
  const usable = backends.some((backend) => backend.weight > 0 && backend.target.kind === "backend");
  if (!usable && backends.every((backend) => backend.target.kind === "backend")) {
    const where = origin(object, "spec", "rules", ruleIndex);
    const message =
      backends.length === 0 ? "The rule has no backend: it answers 500." : "All weights are 0: the rule answers 500.";
    diagnostics.push(diagnose("WR0309", where, message, "Name a backend with a weight above 0, or a redirect."));
  }
  const end: RuleBackends["end"] = usable
    ? { kind: "forward", backends, upgrades: websocket ? ["websocket"] : [] }
    : { kind: "respond", status: 500 };
  return unresolved === undefined ? { end, diagnostics } : { end, diagnostics, unresolved };
}

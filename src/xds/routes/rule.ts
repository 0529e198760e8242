import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Conjunction, PlannedRule } from "../../compile/plan.ts";
import {
  type RouteMatch,
  RouteSchema,
  VirtualHostSchema,
} from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Step } from "../../model/step.ts";
import { encodeChecked, encodingProblem } from "../check/checked-encoding.ts";
import { contentVersion } from "../content-version.ts";
import type { HttpFilterSlot, RuleFilter } from "../filters/filter.ts";
import { httpFilters } from "../filters/order.ts";
import type { Requirements } from "../resource.ts";
import { concatenate, frameField } from "../wire.ts";
import { routeMatch } from "./route-match.ts";
import { type EncodedEnd, encodeEnd } from "./rule-end.ts";

type RouteInit = MessageInitShape<typeof RouteSchema>;

/** A rule as the virtual hosts of its listener carry it. */
export interface EncodedRule {
  readonly key: string;
  /** What decides who may pass, with what it applies to; empty where the rule lets everyone pass. Only known to be equal or not. */
  readonly access: string;
  /** The rule with 503 for an answer, framed like `bytes`. */
  readonly closed: () => Uint8Array;
  /** One route for each alternative, framed as fields of a virtual host. */
  readonly bytes: Uint8Array;
  readonly version: string;
  readonly requires: Requirements;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Encodes a rule. What Envoy would refuse or cannot do costs this rule alone: it is then answered 500 and a diagnostic says why.
 * An alternative whose match Envoy cannot carry out is left out, unless the rule decides who may pass: then everything that might be meant is answered 500.
 */
export function encodeRule(planned: PlannedRule): EncodedRule {
  const diagnostics: Diagnostic[] = [];
  const filters = filtersOf(planned, diagnostics);
  const parts: Uint8Array[] = [];
  let refuses = !filters.usable;
  const clusters = new Set<string>();
  const extensions = new Set<string>();
  for (const alternative of planned.alternatives) {
    const encoded = encodeAlternative(planned, alternative, filters, diagnostics);
    if (encoded === undefined) continue;
    parts.push(frameRoute(encoded.bytes));
    if (!encoded.serves) refuses = true;
    for (const cluster of encoded.clusters) clusters.add(cluster);
    if (encoded.serves) for (const extension of filters.extensions) extensions.add(extension);
  }
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : concatenate(parts);
  return {
    key: planned.rule.key,
    access: accessOf(planned, refuses),
    closed: () => closedRule(planned),
    bytes,
    version: contentVersion(bytes),
    requires: { clusters: [...clusters], secrets: [], extensions: [...extensions] },
    diagnostics,
  };
}

interface RuleFilters {
  readonly configs: Record<string, Any>;
  readonly extensions: readonly string[];
  readonly usable: boolean;
}

function filtersOf(planned: PlannedRule, diagnostics: Diagnostic[]): RuleFilters {
  const configs: Record<string, Any> = {};
  const extensions: string[] = [];
  let usable = true;
  if (planned.steps.some((step) => step.kind === "deny")) return { configs, extensions, usable };
  for (const slot of httpFilters) {
    const filter = filterFor(slot, planned);
    if (filter === undefined) continue;
    if (filter.kind === "problem") {
      diagnostics.push(...filter.diagnostics);
      usable = false;
    } else {
      configs[slot.name] = filter.config;
      if (filter.extension !== undefined) extensions.push(filter.extension);
    }
  }
  return { configs, extensions, usable };
}

function filterFor(slot: HttpFilterSlot, planned: PlannedRule): RuleFilter | undefined {
  try {
    return slot.forRule(planned);
  } catch (error) {
    const diagnostics = [diagnose("WR0501", planned.rule.origin, encodingProblem(error))];
    return { kind: "problem", diagnostics };
  }
}

interface EncodedAlternative {
  /** A `Route`. */
  readonly bytes: Uint8Array;
  readonly clusters: readonly string[];
  /** False where the route only says that the rule cannot be served. */
  readonly serves: boolean;
}

function encodeAlternative(
  planned: PlannedRule,
  alternative: Conjunction,
  filters: RuleFilters,
  diagnostics: Diagnostic[],
): EncodedAlternative | undefined {
  const { rule } = planned;
  const { match, problems } = routeMatch(alternative);
  for (const problem of problems) diagnostics.push(diagnose("WR0303", rule.origin, problem));
  if (match === undefined) return undefined;
  if (problems.length > 0) return decidesWhoPasses(planned) ? refusal(rule.key, match, 500) : undefined;
  const end = encodeEnd(planned, alternative.path, match.runtimeFraction !== undefined);
  for (const problem of end.problems) diagnostics.push(diagnose("WR0303", rule.origin, problem));
  for (const note of end.notes) diagnostics.push(diagnose("WR0303", rule.origin, note));
  if (!filters.usable || end.problems.length > 0) return refusal(rule.key, match, 500);
  const encoded = encodeChecked(RouteSchema, create(RouteSchema, routeInit(rule.key, match, end, filters.configs)));
  if (encoded.kind === "encoded") return { bytes: encoded.bytes, clusters: end.clusters, serves: true };
  for (const { message } of encoded.problems) diagnostics.push(diagnose("WR0501", rule.origin, message));
  return refusal(rule.key, match, 500);
}

function routeInit(name: string, match: RouteMatch, end: EncodedEnd, configs: Record<string, Any>): RouteInit {
  return {
    name,
    match,
    action: end.action,
    typedPerFilterConfig: configs,
    requestHeadersToAdd: end.request.toAdd,
    requestHeadersToRemove: end.request.toRemove,
    responseHeadersToAdd: end.response.toAdd,
    responseHeadersToRemove: end.response.toRemove,
  };
}

/** A route that only answers with a status; nothing where not even its match can be sent. */
function refusal(name: string, match: RouteMatch, status: number): EncodedAlternative | undefined {
  const route = create(RouteSchema, { name, match, action: { case: "directResponse", value: { status } } });
  const encoded = encodeChecked(RouteSchema, route);
  return encoded.kind === "encoded" ? { bytes: encoded.bytes, clusters: [], serves: false } : undefined;
}

function closedRule(planned: PlannedRule): Uint8Array {
  const routes = planned.alternatives.flatMap((alternative) => {
    const { match } = routeMatch(alternative);
    const encoded = match === undefined ? undefined : refusal(planned.rule.key, match, 503);
    return encoded === undefined ? [] : [frameRoute(encoded.bytes)];
  });
  return concatenate(routes);
}

function frameRoute(bytes: Uint8Array): Uint8Array {
  return frameField(VirtualHostSchema.field.routes.number, [bytes]);
}

function accessOf(planned: PlannedRule, refuses: boolean): string {
  if (!decidesWhoPasses(planned)) return refuses ? "refuses" : "";
  const steps = planned.steps.filter(isDeciding);
  const content = [refuses, planned.alternatives, steps];
  return contentVersion(JSON.stringify(content, (name, value: unknown) => (name === "origin" ? undefined : value)));
}

/** Whether requests that should reach this rule must not reach the next one instead. */
function decidesWhoPasses({ steps }: PlannedRule): boolean {
  return steps.some(isDeciding);
}

function isDeciding({ kind }: Step): boolean {
  return kind === "authorize" || kind === "jwt" || kind === "deny";
}

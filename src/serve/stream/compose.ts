import type { Requirement } from "../../xds/requirements.ts";
import type { EncodedResource, EncodedRouteTable, ProxyPlan, ServedResource } from "../../xds/resource.ts";
import { hostIn } from "../../xds/routes/host-block.ts";
import type { TableCache } from "../table/table-cache.ts";
import type { GatePass } from "./gate.ts";
import { Readiness } from "./readiness.ts";
import { usage } from "./removal.ts";
import { firstTable, replaceTable, stepTable, type TableStep } from "./table-step.ts";
import type { ClientState, Held, TypeState, Uncertain } from "./type-state.ts";
import { headVersion, partsOf, removedVersion } from "./units.ts";

/** What the next response of one type changes for the client. */
export interface Batch {
  /** Undefined for a removal. */
  readonly items: Map<string, ServedResource | undefined>;
  /** What goes out although something it requires is missing. */
  readonly forced: ForcedUnit[];
  /** The plan has come back to what the client has: what that uses, which was not known, is known now. */
  learned: boolean;
}

export interface ForcedUnit {
  readonly resource: string;
  /** The virtual host, in a route table. */
  readonly host?: string;
  readonly missing: readonly Requirement[];
}

export interface ComposeContext {
  readonly client: ClientState;
  readonly plan: ProxyPlan;
  readonly tables: TableCache;
  readonly now: number;
  /** A response is closed once it has this many bytes; what remains goes into the next. Infinity where a response must be whole. */
  readonly softLimitBytes: number;
  /** How long a resource must have been unused before it is removed. */
  readonly removalGraceMs: number;
  /** The client may have resources that it has not told of yet, which use others. */
  readonly mayHaveMore: boolean;
  /** Whether a response of this variant can say that a resource of the type is gone. */
  readonly canRemove: boolean;
}

/** Compares what is dirty with the plan and collects what may be sent now; the rest stays dirty. */
export function compose(context: ComposeContext, state: TypeState): Batch {
  let batch = composeOnce(context, state);
  while (batch.items.size === 0 && state.isolation.searching) {
    state.isolation.next();
    batch = composeOnce(context, state);
  }
  return batch;
}

function composeOnce(context: ComposeContext, state: TypeState): Batch {
  const { client, plan, now } = context;
  const batch: Batch = { items: new Map(), forced: [], learned: false };
  if (state.shrinking.size > 0 && !mayNameParts(client)) state.touchShrinking();
  const gate = state.gate.pass(now, new Readiness(client, plan, state.type, context.tables.dependencies));
  let bytes = 0;
  for (const name of [...state.dirty]) {
    if (bytes >= context.softLimitBytes) break;
    const want = plan.get(state.type, name);
    if (want === undefined) startLeaving(state, name);
    else if (want.kind === "whole") composeWhole(context, state, want, gate, batch);
    else composeTable(context, state, want, gate, batch);
    const added = batch.items.get(name);
    if (added !== undefined) bytes += added.kind === "whole" ? added.bytes.length : added.byteLength;
  }
  gate.end();
  composeRemovals(context, state, batch);
  if (!context.canRemove) {
    for (const [name, form] of batch.items) if (form === undefined) batch.items.delete(name);
  }
  return batch;
}

function composeWhole(
  context: ComposeContext,
  state: TypeState,
  want: EncodedResource,
  gate: GatePass,
  batch: Batch,
): void {
  const { name, version } = want;
  const have = state.held.get(name);
  const extended = extensionOf(context, state, want, have);
  forgetOutdated(state, name, version);
  if (have?.form.version === version) {
    keep(state, name, have, want, batch);
    return;
  }
  if (extended !== undefined) {
    composeExtended(state, want, extended, have, gate, batch);
    return;
  }
  if (state.isolation.isParked(name, version)) {
    keep(state, name, have, undefined, batch);
    return;
  }
  if (!state.isolation.permits(name, version)) return;
  const verdict = gate.check(want.requires);
  if (verdict === "held") return;
  if (verdict === "forced") batch.forced.push({ resource: name, missing: gate.missing(want.requires) });
  put(state, name, want, batch);
}

/** Whether routes that the client has, or may be about to have, name parts of extensions that the plan has no more. */
function mayNameParts({ route }: ClientState): boolean {
  return !route.settled || route.leaving.size > 0 || route.isolation.active;
}

/** What goes out in place of an extension that lacks what the client's routes may still name; undefined where it goes out itself. */
function extensionOf(
  { client }: ComposeContext,
  { isolation }: TypeState,
  want: EncodedResource,
  have: Held | undefined,
): EncodedResource | undefined {
  const { name, version } = want;
  if (have?.form.kind !== "whole" || have.form.version === version || isolation.isParked(name, version))
    return undefined;
  if (!mayNameParts(client)) return undefined;
  const extended = want.keeping?.(have.form);
  return extended === undefined || isolation.isParked(name, extended.version) ? undefined : extended;
}

/** What the plan has no more stays until the routes that name it are gone; like a removal, that wait is no unfinished business. */
function composeExtended(
  state: TypeState,
  want: EncodedResource,
  extended: EncodedResource,
  have: Held | undefined,
  gate: GatePass,
  batch: Batch,
): void {
  const { name } = want;
  state.shrinking.add(name);
  if (have?.form.version === extended.version) {
    keep(state, name, have, extended, batch);
    return;
  }
  if (!state.isolation.permits(name, extended.version)) return;
  const verdict = gate.check(want.requires);
  if (verdict === "held") return;
  if (verdict === "forced") batch.forced.push({ resource: name, missing: gate.missing(want.requires) });
  put(state, name, extended, batch);
}

function composeTable(
  context: ComposeContext,
  state: TypeState,
  want: EncodedRouteTable,
  gate: GatePass,
  batch: Batch,
): void {
  const { name, version } = want;
  const { isolation } = state;
  const have = state.held.get(name);
  const base = have?.form.kind === "table" ? have.form : undefined;
  forgetOutdated(state, name, version);
  if (isolation.parked.size > 0) forgetOutdatedParts(state, want);
  if (have?.form.version === version) {
    keep(state, name, have, want, batch);
    return;
  }
  if (isolation.isParked(name, version)) {
    keep(state, name, have, undefined, batch);
    return;
  }

  let step: TableStep;
  if (base !== undefined) step = stepTable(base, want, gate, isolation, context.tables);
  else if (have === undefined) step = firstTable(want, gate, isolation, context.tables);
  else if (isolation.permits(name, version)) step = replaceTable(want, gate);
  else return;
  for (const host of step.forced) {
    batch.forced.push({ resource: name, host: host.name, missing: gate.missing(host.requires) });
  }
  const answer = step.table ?? (state.asked.has(name) ? base : undefined);
  if (answer !== undefined) put(state, name, answer, batch);
  else if (!step.waiting) keep(state, name, have, undefined, batch);
  if (step.waiting) state.dirty.add(name);
  else state.dirty.delete(name);
}

/** The client has what it should have, or all it will take: it is only told again if it asked. */
function keep(
  state: TypeState,
  name: string,
  have: Held | undefined,
  form: ServedResource | undefined,
  batch: Batch,
): void {
  if (have !== undefined && form !== undefined && have.form.kind === "unknown") {
    state.held.set(name, { form, sequence: have.sequence });
    batch.learned = true;
  }
  const uncertain = state.uncertain.get(name);
  const known = form ?? lastGood(have, uncertain);
  const isAbsent = have === undefined && uncertain === undefined;
  if (state.asked.has(name) && (known !== undefined || isAbsent)) put(state, name, known, batch);
  state.dirty.delete(name);
  state.asked.delete(name);
}

/** What can be sent again without asking for trouble. */
function lastGood(have: Held | undefined, uncertain: Uncertain | undefined): ServedResource | undefined {
  if (have !== undefined) return have.form.kind === "unknown" ? undefined : have.form;
  return uncertain?.isGood === true ? uncertain.forms.at(-1) : undefined;
}

function put(state: TypeState, name: string, form: ServedResource | undefined, batch: Batch): void {
  batch.items.set(name, form);
  state.dirty.delete(name);
  state.asked.delete(name);
}

/** The plan no longer has `name`: it is removed at the end of the pass, now or when nothing uses it any more. */
function startLeaving(state: TypeState, name: string): void {
  state.dirty.delete(name);
  forgetOutdated(state, name, removedVersion);
  if (state.held.has(name) || state.asked.has(name)) state.leaving.set(name, undefined);
}

function composeRemovals(context: ComposeContext, state: TypeState, batch: Batch): void {
  if (state.leaving.size === 0) return;
  const { client, now } = context;
  const isUsed = usage(client, state.type, context.tables);
  const blocked = removalsBlocked(client, state);
  for (const [name, since] of state.leaving) {
    const have = state.held.get(name);
    const awaited = state.asked.has(name) && isUsed(name) ? lastGood(have, state.uncertain.get(name)) : undefined;
    if (awaited !== undefined) {
      // A client waits for it on behalf of what is to be replaced: Envoy acknowledges no cluster while one is warming, and this one warms with its
      // endpoints only.
      batch.items.set(name, awaited);
      state.asked.delete(name);
      state.leaving.set(name, undefined);
      continue;
    }
    const isKnownAbsent = have === undefined && !state.uncertain.has(name);
    if (isKnownAbsent || !context.canRemove) {
      if (state.asked.has(name) && context.canRemove) batch.items.set(name, undefined);
      else state.held.delete(name);
      leave(state, name);
    } else if (blocked || !state.isolation.permits(name, removedVersion)) {
      state.leaving.set(name, undefined);
    } else if (isUsed(name) || (context.mayHaveMore && have?.sequence === 0)) {
      state.leaving.set(name, undefined);
    } else if (since === undefined && graceApplies(state, context)) {
      state.leaving.set(name, now);
    } else if (since === undefined || now - since >= context.removalGraceMs) {
      batch.items.set(name, undefined);
      leave(state, name);
    }
  }
}

function leave(state: TypeState, name: string): void {
  state.leaving.delete(name);
  state.asked.delete(name);
}

/**
 * A listener that is replaced by one under another name stays until that one may go out too; a route table stays until the listeners
 * that name it have gone.
 */
function removalsBlocked(client: ClientState, state: TypeState): boolean {
  if (state.type === "listener") return state.dirty.size > 0;
  if (state.type === "route") return !client.listener.settled || client.listener.leaving.size > 0;
  return false;
}

/** Requests that chose their route a moment ago may still need what the route names. */
function graceApplies(state: TypeState, context: ComposeContext): boolean {
  return context.removalGraceMs > 0 && state.type !== "listener" && state.type !== "route";
}

/** A parked version that the plan has left behind is not refused any more: it may come back. */
function forgetOutdated(state: TypeState, unit: string, version: string): void {
  const parked = state.isolation.parked.get(unit);
  if (parked !== undefined && parked !== version) state.isolation.forget(unit);
}

function forgetOutdatedParts(state: TypeState, full: EncodedRouteTable): void {
  for (const unit of state.isolation.parked.keys()) {
    const { resource, host } = partsOf(unit);
    if (resource !== full.name || host === undefined) continue;
    const version = host === "" ? headVersion(full.head) : hostIn(full, host)?.version;
    forgetOutdated(state, unit, version ?? removedVersion);
  }
}

import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";
import { hostsOf } from "../../xds/routes/host-block.ts";
import type { TableCache } from "../table/table-cache.ts";
import type { HostChange } from "../table/table-diff.ts";
import type { GatePass } from "./gate.ts";
import type { Isolation } from "./isolation.ts";
import { equalBytes, headUnit, headVersion, hostUnit } from "./units.ts";

/** The next form of a route table for one client. */
export interface TableStep {
  /** Undefined when the client already has everything that may be sent now. */
  readonly table: EncodedRouteTable | undefined;
  /** Some hosts still wait for what they require, or for their turn. */
  readonly waiting: boolean;
  /** Hosts that go out although something they require is missing. */
  readonly forced: readonly EncodedVirtualHost[];
}

/**
 * Takes a client's table as far towards `full` as its virtual hosts may go: a host that is not ready keeps its previous bytes,
 * or stays absent where it is new, and the others advance. Removed hosts go at once.
 */
export function stepTable(
  base: EncodedRouteTable,
  full: EncodedRouteTable,
  gate: GatePass,
  isolation: Isolation,
  tables: TableCache,
): TableStep {
  const diff = tables.diff(base, full);
  const step = holdBack(full, diff.changed, gate, isolation);
  const head = equalBytes(base.head, full.head) || mayTakeHead(full, isolation) ? full.head : base.head;
  const advances = step.advances || diff.removed.length > 0 || !equalBytes(head, base.head);
  const table = advances ? tables.partly(full, step.overrides, head) : undefined;
  return { table, waiting: step.waiting, forced: step.forced };
}

/**
 * The first table of a client goes out whole: until it arrives the listener does not serve, and with hosts missing it would answer
 * 404 for them. Only while a refused table is being searched does it start from nothing.
 */
export function firstTable(
  full: EncodedRouteTable,
  gate: GatePass,
  isolation: Isolation,
  tables: TableCache,
): TableStep {
  const changes = hostsOf(full).map((to) => ({ name: to.name, from: undefined, to }));
  const { overrides, waiting, forced } = holdBack(full, changes, gate, isolation);
  if (!mayTakeHead(full, isolation)) {
    const isParked = isolation.isParked(headUnit(full.name), headVersion(full.head));
    return { table: undefined, waiting: !isParked, forced: [] };
  }
  if (waiting && !isolation.searching) return { table: undefined, waiting, forced: [] };
  return { table: tables.partly(full, overrides, full.head), waiting, forced };
}

/**
 * The client has an earlier form of the table that is not known here, so no host of it can be kept as it was: the table is replaced when all
 * of it may go.
 */
export function replaceTable(full: EncodedRouteTable, gate: GatePass): TableStep {
  const verdicts = hostsOf(full).map((host) => ({ host, verdict: gate.check(host.requires) }));
  if (verdicts.some(({ verdict }) => verdict === "held")) return { table: undefined, waiting: true, forced: [] };
  const forced = verdicts.flatMap(({ host, verdict }) => (verdict === "forced" ? [host] : []));
  return { table: full, waiting: false, forced };
}

function holdBack(full: EncodedRouteTable, changes: readonly HostChange[], gate: GatePass, isolation: Isolation) {
  const overrides = new Map<string, EncodedVirtualHost | undefined>();
  const forced: EncodedVirtualHost[] = [];
  let waiting = false;
  let advances = false;
  for (const { name, from, to } of changes) {
    const unit = hostUnit(full.name, name);
    if (isolation.active && !isolation.permits(unit, to.version)) {
      const isParked = isolation.isParked(unit, to.version);
      const instead = isParked ? standIn(from, to, isolation.refusedStandIns(unit)) : from;
      const isNext = instead === from || !isolation.searching;
      overrides.set(name, isNext ? instead : from);
      if (!isParked || !isNext) waiting = true;
      if (isNext && instead !== from) advances = true;
      continue;
    }
    const verdict = gate.check(to.requires);
    if (verdict === "held") {
      overrides.set(name, from);
      waiting = true;
      continue;
    }
    advances = true;
    if (verdict === "forced") forced.push(to);
  }
  return { overrides, waiting, forced, advances };
}

/**
 * What goes out in place of a refused host: mostly what the client has. Where that lets somebody pass whom the refused one would not, a form of it that
 * does not: security never rests on what a client happens to take.
 */
function standIn(from: EncodedVirtualHost | undefined, to: EncodedVirtualHost, attempt: number) {
  if (from?.standsFor === to.version) return from;
  return to.standIn?.(from, attempt) ?? from;
}

function mayTakeHead(full: EncodedRouteTable, isolation: Isolation): boolean {
  return !isolation.active || isolation.permits(headUnit(full.name), headVersion(full.head));
}

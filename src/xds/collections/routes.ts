import type { HostPlan, PlanCollections, PlannedRule, PortPlan } from "../../compile/plan.ts";
import type { Collection, Entry } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { Chunker } from "../chunks.ts";
import type { EncodedVirtualHost, HostBlock } from "../resource.ts";
import { blockIndex, byDomain, hostBlock } from "../routes/host-block.ts";
import { encodeRouteTable } from "../routes/route-table.ts";
import { type EncodedRule, encodeRule } from "../routes/rule.ts";
import { domainProblem, encodeVirtualHost, joinRules } from "../routes/virtual-host.ts";
import { type Served, sameServed, serve } from "./served.ts";

interface HostOfTable {
  /** `<proxy class>|<table>`. */
  readonly table: string;
  readonly host: EncodedVirtualHost;
}

interface BlockOfTable {
  readonly table: string;
  readonly block: HostBlock;
}

interface TableName {
  readonly proxyClass: string;
  readonly table: string;
}

export interface ServedRoutes {
  readonly served: Collection<Served>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

/**
 * Rules, virtual hosts and route tables. A rule is encoded once and its bytes are found again by the rule itself: a host of ten thousand rules would
 * pay for ten thousand recorded reads on every edit of one of them. That is sound because a host is computed anew whenever one of its rules is another.
 */
export function encodeRoutes(graph: Graph, plan: PlanCollections): ServedRoutes {
  const memo = new WeakMap<PlannedRule, EncodedRule>();
  const encodeOnce = (rule: PlannedRule): EncodedRule => {
    let encoded = memo.get(rule);
    if (encoded === undefined) {
      encoded = encodeRule(rule);
      memo.set(rule, encoded);
    }
    return encoded;
  };
  const chunker = new Chunker((entry: Entry<PlannedRule>) => encodeOnce(entry.value), joinRules);
  plan.hosts.subscribe((changes) => {
    for (const [key, { after }] of changes) if (after === undefined) chunker.forget(key);
  });
  const rules = graph.derive<PlannedRule, EncodedRule>(
    "xds.rules",
    plan.rules,
    (rule, key) => [[key, encodeOnce(rule)]],
    (a, b) => a.version === b.version && a.diagnostics.length === 0 && b.diagnostics.length === 0,
  );
  const hosts = graph.derive<HostPlan, HostOfTable>(
    "xds.virtual-hosts",
    plan.hosts,
    (host, key) => {
      if (domainProblem(host.domain) !== undefined) return [];
      const { items, chunks } = chunker.cut(key, host.rules);
      return [[key, { table: `${host.proxyClass}|${host.table}`, host: encodeVirtualHost(host, chunks, items) }]];
    },
    (a, b) => a.host.version === b.host.version && a.table === b.table,
  );
  return {
    served: encodeTables(graph, plan.ports, hosts),
    findings: graph.join("xds.route-findings", [
      graph.derive<EncodedRule, readonly Diagnostic[]>("xds.rule-findings", rules, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
      graph.derive<HostPlan, readonly Diagnostic[]>("xds.host-findings", plan.hosts, hostFindings),
    ]),
  };
}

function* hostFindings(host: HostPlan, key: string): Iterable<readonly [string, readonly Diagnostic[]]> {
  const problem = domainProblem(host.domain);
  if (problem === undefined) return;
  yield [key, host.rules.map((entry) => diagnose("WR0501", entry.value.rule.origin, problem))];
}

/** A table exists as soon as a port names it: a listener waits for its table, even for an empty one. */
function encodeTables(graph: Graph, ports: Collection<PortPlan>, hosts: Collection<HostOfTable>): Collection<Served> {
  const names = graph.derive<PortPlan, TableName>("xds.table-names", ports, ({ proxyClass, chains }) =>
    chains.map(({ table }) => [`${proxyClass}|${table}`, { proxyClass, table }]),
  );
  const byBlock = graph.group(
    "xds.hosts-by-block",
    hosts,
    ({ table, host }) => [`${table}|${blockIndex(host.name)}`],
    (a, b) => byDomain(a.host, b.host),
  );
  const blocks = graph.derive<readonly Entry<HostOfTable>[], BlockOfTable>(
    "xds.host-blocks",
    byBlock,
    (members, key) => {
      const [first] = members;
      if (first === undefined) return [];
      const { table, host } = first.value;
      const mine = members.map((entry) => entry.value.host);
      return [[key, { table, block: hostBlock(blockIndex(host.name), mine) }]];
    },
    (a, b) => a.table === b.table && a.block.version === b.block.version,
  );
  const byTable = graph.group(
    "xds.blocks-by-table",
    blocks,
    ({ table }) => [table],
    (a, b) => a.block.index - b.block.index,
  );
  return graph.derive<TableName, Served>(
    "xds.route-tables",
    names,
    ({ proxyClass, table }, key, context) => {
      const members = context.group(byTable, key).map((entry) => entry.value.block);
      return [serve(proxyClass, encodeRouteTable(table, members))];
    },
    sameServed,
  );
}

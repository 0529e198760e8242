import type { Collection, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import { compareOrder } from "../model/order.ts";
import { describeRef } from "../model/source-object.ts";
import { patternsOver } from "./domain.ts";
import type { PlacedRule } from "./hosts.ts";
import type { Conjunction } from "./plan.ts";
import type { Site } from "./sites.ts";

type Twins = Group<PlacedRule>;

/**
 * Rules that can never receive a request because another one for the same host has the same match and comes first. Only equal matches are
 * found, not rules that a wider one before them covers: that is what people do by mistake, and it costs one lookup.
 */
export function findShadowed(
  graph: Graph,
  rules: Collection<PlacedRule>,
  sites: Collection<Site>,
): Collection<readonly Diagnostic[]> {
  const twins: Twins = graph.group("compile.twins", rules, twinKeys, (a, b) =>
    compareOrder(a.rule.order, b.rule.order),
  );
  return graph.derive<readonly Entry<PlacedRule>[], readonly Diagnostic[]>(
    "compile.shadowed",
    twins,
    (list, key, context) => {
      const first = list[0]?.value;
      if (first === undefined || list.length === 1) return [];
      const host = key.slice(key.lastIndexOf("|") + 1);
      const owner = patternsOver(host)
        .map((pattern) => context.get(sites, `${first.port}|${pattern}`))
        .find((site) => site?.isolated === true)?.hostname;
      const served = list.filter(({ value }) => value.site === undefined || value.site === owner);
      const winner = served[0]?.value;
      if (winner === undefined) return [];
      const findings = served.slice(1).flatMap(({ value }) => shadowedBy(winner, value, host));
      return findings.length === 0 ? [] : [[key, findings]];
    },
  );
}

function twinKeys(rule: PlacedRule): readonly string[] {
  const match = JSON.stringify(rule.alternatives.map(canonical).sort());
  return rule.hosts.map((host) => `${rule.port}|${match}|${host}`);
}

function canonical({ path, terms }: Conjunction): string {
  const everything = path === undefined || (path.kind.endsWith("prefix") && path.value === "/");
  return JSON.stringify([everything ? null : path, terms.map((term) => JSON.stringify(term)).sort()]);
}

function shadowedBy(winner: PlacedRule, loser: PlacedRule, host: string): readonly Diagnostic[] {
  if (winner.rule.key === loser.rule.key) return [];
  const by = describeRef(winner.rule.origin.object);
  const message = `${by} has a rule with the same match for host ${host}, which comes first`;
  const code = winner.rule.dialect === loser.rule.dialect ? "WR0301" : "WR0305";
  return [diagnose(code, loser.rule.origin, message, "remove one of the two or make their matches differ")];
}

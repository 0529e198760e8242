import type { Collection, Context, Entry, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { Policy, PolicyTarget } from "../model/policy.ts";
import { describeRef } from "../model/source-object.ts";
import type { Step } from "../model/step.ts";

/** Policies by the target they name, the oldest first. */
export type PoliciesByTarget = Group<Policy>;

export function groupPolicies(graph: Graph, policies: Collection<Policy>): PoliciesByTarget {
  return graph.group(
    "compile.policies",
    policies,
    (policy) => [targetKey(policy.target)],
    (a, b) => (a.creationTimestamp < b.creationTimestamp ? -1 : Number(a.creationTimestamp > b.creationTimestamp)),
  );
}

/** What policies add to one rule on one listener. */
export interface MergedPolicies {
  readonly steps: readonly Step[];
  /** Policies for this rule that a less specific one overrides. */
  readonly findings: readonly Diagnostic[];
}

/**
 * Merges the policies of a rule's targets, given from the least to the most specific. In each section one policy wins: the least specific override, else
 * the most specific default; at one target the oldest, then the smallest key. Policies of different sections add up.
 */
export function mergePolicies(
  targets: readonly PolicyTarget[],
  byTarget: PoliciesByTarget,
  context: Context,
): MergedPolicies {
  const levels = targets.map((target) => context.group(byTarget, targetKey(target)).map((entry) => entry.value));
  const steps: Step[] = [];
  const findings: Diagnostic[] = [];
  for (const section of sectionsOf(levels)) {
    const inSection = levels.map((level) => level.filter((policy) => policy.section === section));
    const winner = winnerOf(inSection);
    if (winner === undefined) continue;
    steps.push(...winner.steps);
    if (winner.merge === "override") findings.push(...overriddenBy(winner, inSection));
  }
  return { steps, findings };
}

/** Policies of one target and section that lose to another there, whatever rules the target has. */
export function rivalPolicies(graph: Graph, byTarget: PoliciesByTarget): Collection<readonly Diagnostic[]> {
  return graph.derive<readonly Entry<Policy>[], readonly Diagnostic[]>(
    "compile.rival-policies",
    byTarget,
    (list, key) => {
      const level = list.map((entry) => entry.value);
      const findings = sectionsOf([level]).flatMap((section) => {
        const inSection = level.filter((policy) => policy.section === section);
        const winner = winnerOf([inSection]);
        return winner === undefined ? [] : inSection.filter((policy) => policy !== winner).map(lostTo(winner));
      });
      return findings.length === 0 ? [] : [[key, findings]];
    },
  );
}

function winnerOf(levels: readonly (readonly Policy[])[]): Policy | undefined {
  for (const level of levels) {
    const override = level.find((policy) => policy.merge === "override");
    if (override !== undefined) return override;
  }
  return levels.findLast((level) => level.length > 0)?.[0];
}

function overriddenBy(winner: Policy, levels: readonly (readonly Policy[])[]): readonly Diagnostic[] {
  const level = levels.findIndex((policies) => policies.includes(winner));
  return levels.slice(level + 1).flatMap((policies) => policies.map(lostTo(winner)));
}

function lostTo(winner: Policy): (loser: Policy) => Diagnostic {
  return (loser) => {
    const by = winner.origin.object;
    const reason = winner.merge === "override" ? "overrides it" : "is older and has the same target";
    return diagnose("WR0403", loser.origin, `${describeRef(by)} ${reason} (section ${loser.section})`);
  };
}

function sectionsOf(levels: readonly (readonly Policy[])[]): readonly Policy["section"][] {
  return [...new Set(levels.flatMap((level) => level.map((policy) => policy.section)))].sort();
}

function targetKey(target: PolicyTarget): string {
  switch (target.kind) {
    case "gateway":
      return `gateway|${target.gateway}`;
    case "listener":
      return `listener|${target.gateway}|${target.section}`;
    case "route":
      return `route|${target.object}`;
    case "rule":
      return `rule|${target.object}|${target.rule}`;
  }
}

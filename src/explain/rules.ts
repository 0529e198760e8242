import type { Conjunction, HostPlan, PlannedRule } from "../compile/plan.ts";
import { explainEnd, type PlanLookup } from "./end.ts";
import type { End, Explanation, Failure, Outcome, PassedOver, RuleRef } from "./explanation.ts";
import { describeConjunction, failuresOf, type RoutedRequest, shareOf } from "./match.ts";
import { explainSteps } from "./steps.ts";
import { refusedUpgrade } from "./upgrade.ts";

/** Shown of the rules before the winner and of those after it. */
const MOST_BEFORE = 20;
const MOST_AFTER = 5;

/** All dice show the same number in one request: a share of 20 after one of 10 takes what lies between. In millionths. */
const CERTAIN = 1_000_000;

/** Tries the rules of a host in their order. */
export function tryRules(
  rules: HostPlan["rules"],
  request: RoutedRequest,
  lookup: PlanLookup,
  otherwise: End,
): Pick<Explanation, "outcomes" | "passedOver" | "furtherMisses"> {
  const outcomes: Outcome[] = [];
  const misses: PassedOver[] = [];
  let taken = 0;
  for (const { value: planned } of rules) {
    let nearest: readonly Failure[] | undefined;
    let served = false;
    for (const alternative of planned.alternatives) {
      const failures = failuresOf(alternative, request);
      if (failures.length > 0 || taken >= CERTAIN) {
        if (nearest === undefined || failures.length < nearest.length) nearest = failures;
        continue;
      }
      const share = shareOf(alternative);
      if (share <= taken) {
        nearest = [];
        continue;
      }
      served = true;
      outcomes.push(serve(planned, alternative, (share - taken) / CERTAIN, request, lookup));
      taken = share;
    }
    if (!served && nearest !== undefined) {
      misses.push({ rule: refTo(planned), failures: nearest, position: taken < CERTAIN ? "before" : "after" });
    }
  }
  if (taken < CERTAIN)
    outcomes.push({
      share: (CERTAIN - taken) / CERTAIN,
      steps: [],
      end: refusedUpgrade(undefined, request) ?? otherwise,
    });
  return { outcomes, ...nearestMisses(misses) };
}

function serve(
  planned: PlannedRule,
  alternative: Conjunction,
  share: number,
  request: RoutedRequest,
  lookup: PlanLookup,
): Outcome {
  const last = explainEnd(planned, alternative.path, request, lookup);
  const refused = refusedUpgrade({ planned, end: last }, request);
  const { steps, end } =
    refused === undefined ? explainSteps(planned.steps, last.kind === "forward", request) : { steps: [], end: refused };
  const listener = lookup.listener(planned.listener);
  return {
    share,
    rule: refTo(planned),
    ...(listener === undefined
      ? {}
      : { listener: { key: listener.key, hostname: listener.hostname, origin: listener.origin } }),
    matched: describeConjunction(alternative),
    steps,
    end: end ?? last,
  };
}

/** Those that came nearest, in the order in which they were tried. */
function nearestMisses(misses: readonly PassedOver[]): Pick<Explanation, "passedOver" | "furtherMisses"> {
  const pick = (position: PassedOver["position"], most: number) => {
    const here = misses.filter((miss) => miss.position === position);
    const kept = new Set(here.toSorted((a, b) => a.failures.length - b.failures.length).slice(0, most));
    return here.filter((miss) => kept.has(miss));
  };
  const passedOver = [...pick("before", MOST_BEFORE), ...pick("after", MOST_AFTER)];
  return { passedOver, furtherMisses: misses.length - passedOver.length };
}

function refTo({ rule, listener, hosts }: PlannedRule): RuleRef {
  return { key: rule.key, dialect: rule.dialect, listener, hosts, origin: rule.origin };
}

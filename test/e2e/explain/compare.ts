import type { Explanation, Outcome, Target } from "../../../src/explain/explanation.ts";
import type { Reality } from "./send.ts";

/** Why what was explained is not what happened; undefined where the two agree. */
export function disagreement(explanation: Explanation, reality: Reality): string | undefined {
  const reasons = explanation.outcomes.map((outcome) => outcomeDisagreement(outcome, reality));
  return reasons.includes(undefined) ? undefined : reasons.join("; or ");
}

function outcomeDisagreement({ rule, steps, end }: Outcome, reality: Reality): string | undefined {
  if (reality.kind === "closed")
    return end.kind === "respond" && end.status === 0 ? undefined : `closed, not ${end.kind}`;
  const answeredByStep = steps.at(-1)?.verdict === "ends";
  // What a filter answers carries no headers of the route, nor does what stands in for a rule that cannot be served.
  const standsIn = end.kind === "respond" && end.status === 500;
  if (!answeredByStep && !standsIn && reality.rule !== rule?.key)
    return `${reality.status} by ${reality.rule ?? "no rule"} and not by ${rule?.key ?? "none"}`;
  switch (end.kind) {
    case "respond":
      return same("status", reality.status, end.status);
    case "redirect":
      return (
        same("status", reality.status, end.status) ??
        same("location", normalLocation(reality.location), normalLocation(end.location))
      );
    case "forward": {
      const reasons = end.targets.map((target) => targetDisagreement(target, reality));
      return reasons.includes(undefined) ? undefined : reasons.join("; or ");
    }
  }
}

function targetDisagreement({ to }: Target, reality: Extract<Reality, { kind: "answer" }>): string | undefined {
  if (to.kind === "respond") return same("status", reality.status, to.status);
  if (to.kind === "connection") return "the connection is said to be passed on unread";
  const { seen } = reality;
  if (seen === undefined) return `${reality.status} from the proxy, not from a backend`;
  const headers = to.headers.map(({ name, values }) =>
    same(`header ${name}`, seen.headers[name] ?? "", values.join(", ")),
  );
  return (
    same("backend", `service/shop/${seen.backend}/80`, to.backend) ??
    same("path", seen.url, to.path) ??
    same("host", seen.headers.host, to.authority) ??
    headers.find((reason) => reason !== undefined)
  );
}

/** A port that goes without saying may be said. */
function normalLocation(location: string | undefined): string | undefined {
  return location?.replace(/^(http:\/\/[^/]+?):80(?=\/)/, "$1").replace(/^(https:\/\/[^/]+?):443(?=\/)/, "$1");
}

function same(what: string, actual: unknown, expected: unknown): string | undefined {
  return actual === expected ? undefined : `${what} ${JSON.stringify(actual)} and not ${JSON.stringify(expected)}`;
}

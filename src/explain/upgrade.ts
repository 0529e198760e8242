import type { PlannedRule } from "../compile/plan.ts";
import type { End, RespondEnd } from "./explanation.ts";
import type { RoutedRequest } from "./match.ts";
import { upgradeOf } from "./proxy-headers.ts";

/**
 * What a request gets that asks for another protocol (a WebSocket) where it is not offered: only rules that forward offer any, as long as there
 * is a backend to forward to, and the proxy refuses before it carries out a step. Undefined where nothing is asked for, or it is offered.
 * @param served the rule that the request met, if any, and what becomes of others there.
 */
export function refusedUpgrade(
  served: { readonly planned: PlannedRule; readonly end: End } | undefined,
  request: RoutedRequest,
): RespondEnd | undefined {
  const wanted = upgradeOf(request.headers);
  if (wanted === undefined || (served !== undefined && offers(served, wanted))) return undefined;
  return { kind: "respond", status: 403, because: `the rule takes no upgrade to ${wanted}` };
}

function offers(
  { planned: { rule, steps }, end }: { readonly planned: PlannedRule; readonly end: End },
  wanted: string,
): boolean {
  if (rule.end.kind !== "forward" || end.kind !== "forward" || steps.some(({ kind }) => kind === "deny")) return false;
  return rule.end.upgrades.some((offered) => offered === wanted);
}

import type { RuleEnd } from "../model/rule.ts";
import type { RespondEnd } from "./explanation.ts";
import type { RoutedRequest } from "./match.ts";
import { upgradeOf } from "./proxy-headers.ts";

/**
 * What a request gets that asks for another protocol (a WebSocket) where it is not offered: only rules that forward offer any, and the proxy
 * refuses before it carries out a step. Undefined where nothing is asked for, or it is offered.
 */
export function refusedUpgrade(end: RuleEnd | undefined, request: RoutedRequest): RespondEnd | undefined {
  const wanted = upgradeOf(request.headers);
  if (wanted === undefined) return undefined;
  if (end?.kind === "forward" && end.upgrades.some((offered) => offered === wanted)) return undefined;
  return { kind: "respond", status: 403, because: `the rule takes no upgrade to ${wanted}` };
}

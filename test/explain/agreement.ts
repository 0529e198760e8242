import type { BackendTarget, Explanation, Outcome, Target } from "../../src/explain/explanation.ts";
import type { Reality } from "./live-world.ts";
import type { WorldRequest } from "./requests.ts";

type Answer = Extract<Reality, { kind: "answer" }>;

/** Why what was explained is not what happened; undefined where the two agree. */
export function disagreement(request: WorldRequest, explanation: Explanation, reality: Reality): string | undefined {
  const reasons = explanation.outcomes.map((outcome) => againstOutcome(request, explanation, outcome, reality));
  return reasons.includes(undefined) ? undefined : reasons.join("; or ");
}

function againstOutcome(
  request: WorldRequest,
  explanation: Explanation,
  outcome: Outcome,
  reality: Reality,
): string | undefined {
  const { steps, end } = outcome;
  const isClosed = end.kind === "respond" && end.status === 0;
  if (reality.kind === "closed") return isClosed ? undefined : "the connection was closed";
  if (isClosed) return `answered ${reality.status} and not closed`;
  const wrongWay = againstWay(explanation, outcome, reality);
  if (wrongWay !== undefined) return wrongWay;
  // Generated tokens are never valid.
  if (steps.some(({ kind, verdict }) => kind === "jwt" && verdict === "depends"))
    return same("status", reality.status, 401);
  switch (end.kind) {
    case "respond":
      return same("status", reality.status, end.status) ?? same("backend", reality.seen, undefined);
    case "redirect":
      return same("status", reality.status, end.status) ?? same("location", reality.location, end.location);
    case "forward": {
      const reasons = end.targets.map((target) => againstTarget(request, target, reality));
      return reasons.includes(undefined) ? undefined : reasons.join("; or ");
    }
  }
}

/** Which way the request took. Nobody asks for that where the request line or a header's name ends the request already. */
function againstWay(explanation: Explanation, outcome: Outcome, reality: Answer): string | undefined {
  if (explanation.host === undefined) return undefined;
  const routes = routeNames(explanation, outcome);
  if (!routes.includes(reality.route)) return `route ${reality.route} and not ${routes.join(" or ")}`;
  return same("client", reality.client, explanation.entry?.clientAddress.address);
}

/** The names of Envoy's route that fit: the key of the rule, or what ends each virtual host; the status tells which ending it was. */
function routeNames({ host }: Explanation, { rule }: Outcome): readonly (string | undefined)[] {
  if (rule !== undefined) return [rule.key];
  return host?.domain === undefined ? [undefined] : ["not-found", "misdirected"];
}

function againstTarget(request: WorldRequest, { to }: Target, reality: Answer): string | undefined {
  if (to.kind === "connection") return "the connection is said to be passed on unread";
  if (to.kind === "respond")
    return same("status", reality.status, to.status) ?? same("backend", reality.seen, undefined);
  const cluster = same("cluster", reality.cluster, to.backend);
  if (cluster !== undefined) return cluster;
  // Nothing answers at a name, nor where there are no endpoints.
  if (to.resolves !== undefined || to.endpoints?.length === 0) return same("status", reality.status, 503);
  const { seen } = reality;
  if (seen === undefined) return `${reality.status} (${reality.details ?? "no reason"}) and nothing at a backend`;
  const endpoints = (to.endpoints ?? []).map(({ address, port }) => `${address}:${port}`);
  if (!endpoints.includes(reality.endpoint ?? ""))
    return `endpoint ${reality.endpoint} and not ${endpoints.join(" or ")}`;
  return (
    same("status", reality.status, 200) ??
    same("method", seen.method, request.method) ??
    same("path", seen.path, to.path) ??
    same("host", seen.headers.host, to.authority) ??
    againstHeaders(request, to, seen.headers)
  );
}

/** Headers that Weir edits arrive as explained, the others as the client sent them; what proxies add themselves is their own affair. */
function againstHeaders(
  request: WorldRequest,
  { headers }: BackendTarget,
  seen: Readonly<Record<string, string>>,
): string | undefined {
  const wanted = new Map<string, string[]>();
  for (const { name, value } of request.headers) {
    const key = name.toLowerCase();
    if (isOfProxies(key)) continue;
    wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  for (const { name, values } of headers) wanted.set(name, [...values]);
  for (const [name, values] of wanted) {
    const arrived = seen[name];
    const reason = same(
      `header ${name}`,
      arrived === undefined ? undefined : valuesIn([arrived]),
      values.length === 0 ? undefined : valuesIn(values),
    );
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** However they are spread over lines. */
function valuesIn(lines: readonly string[]): string {
  return lines
    .flatMap((line) => line.split(/, */))
    .filter((value) => value !== "")
    .join(",");
}

/** What proxies write or take away on their own, by the settings of the installation. */
function isOfProxies(name: string): boolean {
  return /^(x-forwarded-|x-envoy-|x-request-id$|te$|connection$|upgrade$|authorization$)|_/.test(name);
}

function same(what: string, actual: unknown, explained: unknown): string | undefined {
  return actual === explained ? undefined : `${what} ${JSON.stringify(actual)} and not ${JSON.stringify(explained)}`;
}

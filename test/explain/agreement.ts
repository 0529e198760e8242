import type { BackendTarget, Entry, Explanation, Outcome, Target } from "../../src/explain/explanation.ts";
import { againstPassedOn, isReachable } from "./connection-agreement.ts";
import type { Peers } from "./live-world.ts";
import type { Reality } from "./reality.ts";
import type { ClientCertificate, WorldRequest } from "./requests.ts";
import { same } from "./same.ts";

type Answer = Extract<Reality, { kind: "answer" }>;

/** Why what was explained is not what happened; undefined where the two agree. */
export function disagreement(
  request: WorldRequest,
  explanation: Explanation,
  reality: Reality,
  peers: Peers,
): string | undefined {
  if (isRefused(request.certificate, explanation.entry, peers)) {
    return reality.kind === "closed" ? undefined : `answered ${reality.status} without a valid certificate`;
  }
  const reasons = explanation.outcomes.map((outcome) => againstOutcome(request, explanation, outcome, reality, peers));
  return reasons.includes(undefined) ? undefined : reasons.join("; or ");
}

/** Whether the handshake must fail because of what the client shows. */
function isRefused(shown: ClientCertificate, entry: Entry | undefined, { signedBy }: Peers): boolean {
  const demand = entry?.clientCertificate;
  return demand?.mode === "required" && (shown === "none" || signedBy(demand.trust) !== shown);
}

function againstOutcome(
  request: WorldRequest,
  explanation: Explanation,
  outcome: Outcome,
  reality: Reality,
  peers: Peers,
): string | undefined {
  const { steps, end } = outcome;
  const isClosed = end.kind === "respond" && end.status === 0;
  if (reality.kind === "closed") {
    return isClosed || isPassedToNobody(outcome, peers) ? undefined : "the connection was closed";
  }
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
      const reasons = end.targets.map((target) => againstTarget(request, target, reality, peers));
      return reasons.includes(undefined) ? undefined : reasons.join("; or ");
    }
  }
}

/** The connection goes on unread to where nobody takes it. */
function isPassedToNobody({ end }: Outcome, peers: Peers): boolean {
  if (end.kind !== "forward") return false;
  return end.targets.some(
    ({ to }) => (to.kind === "respond" && to.status === 0) || (to.kind === "connection" && !isReachable(to, peers)),
  );
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

function againstTarget(request: WorldRequest, { to }: Target, reality: Answer, peers: Peers): string | undefined {
  if (to.kind === "connection") {
    return reality.seen === undefined ? "answered by the proxy" : againstPassedOn(to, reality.seen, peers);
  }
  if (to.kind === "respond")
    return same("status", reality.status, to.status) ?? same("backend", reality.seen, undefined);
  const cluster = same("cluster", reality.cluster, to.backend);
  if (cluster !== undefined) return cluster;
  // Nothing answers at a name, nor where there are no endpoints, nor where the backend cannot prove who it is.
  if (!isReachable(to, peers)) return same("status", reality.status, 503);
  const { seen } = reality;
  if (seen === undefined) return `${reality.status} (${reality.details ?? "no reason"}) and nothing at a backend`;
  const endpoints = (to.endpoints ?? []).map(({ address, port }) => `${address}:${port}`);
  if (!endpoints.includes(reality.endpoint ?? ""))
    return `endpoint ${reality.endpoint} and not ${endpoints.join(" or ")}`;
  const shown = to.tls?.clientCertificate;
  return (
    same("status", reality.status, 200) ??
    same("TLS", seen.secure, to.tls !== undefined) ??
    same("client certificate", seen.clientCertificate, shown === undefined ? undefined : peers.fingerprintOf(shown)) ??
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

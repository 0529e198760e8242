import type { BackendTarget, ConnectionTarget, Explanation, Outcome, Target } from "../../src/explain/explanation.ts";
import { backendNames } from "../generators/pools.ts";
import type { Seen } from "./backend.ts";
import type { Peers } from "./live-world.ts";
import type { ConnectionReality } from "./reality.ts";
import { same } from "./same.ts";

const [provable] = backendNames;

/** Why what was explained is not what became of the connection; undefined where the two agree. */
export function connectionDisagreement(
  explanation: Explanation,
  reality: ConnectionReality,
  peers: Peers,
): string | undefined {
  const reasons = explanation.outcomes.flatMap((outcome) => {
    const { end } = outcome;
    if (end.kind === "respond" && reality.kind === "read") return saysHttp(end.because);
    if (end.kind !== "forward") return [same("outcome", reality.kind, "nothing")];
    if (reality.kind === "read") return ["read as HTTP"];
    return end.targets.map((target) => againstTarget(explanation, outcome, target, reality, peers));
  });
  return reasons.includes(undefined) ? undefined : reasons.join("; or ");
}

/** What is sent here would be a request, where the port takes requests. */
function saysHttp(because: string): readonly [string | undefined] {
  return [because.includes("speaks HTTP here") ? undefined : `read as HTTP, although ${because}`];
}

/** Whether something comes back wherever it goes. */
export function isAnswered({ outcomes }: Explanation, peers: Peers): boolean {
  return outcomes.every(
    ({ end }) =>
      end.kind === "forward" && end.targets.every(({ to }) => to.kind === "connection" && isReachable(to, peers)),
  );
}

/** Nothing answers at a name, nor where there are no endpoints, nor where the backend cannot prove who it is. */
export function isReachable({ resolves, endpoints, tls }: BackendTarget | ConnectionTarget, peers: Peers): boolean {
  if (resolves !== undefined || endpoints === undefined || endpoints.length === 0) return false;
  return tls === undefined || (tls.names.includes(provable) && peers.signedBy(tls.trust) === "trusted");
}

/** What a backend saw of bytes that were passed on to it, against where they should have gone. */
export function againstPassedOn(to: ConnectionTarget, seen: Seen, peers: Peers): string | undefined {
  if (!isReachable(to, peers)) return "arrived at a backend";
  const endpoints = (to.endpoints ?? []).map(({ address, port }) => `${address}:${port}`);
  const shown = to.tls?.clientCertificate;
  if (!endpoints.includes(seen.endpoint)) return `endpoint ${seen.endpoint} and not ${endpoints.join(" or ")}`;
  return same(
    "client certificate",
    seen.clientCertificate,
    shown === undefined ? undefined : peers.fingerprintOf(shown),
  );
}

function againstTarget(
  explanation: Explanation,
  { rule }: Outcome,
  { to }: Target,
  reality: Exclude<ConnectionReality, { readonly kind: "read" }>,
  peers: Peers,
): string | undefined {
  const isReached = to.kind === "connection" && isReachable(to, peers);
  if (!isReached || reality.kind === "nothing") {
    return same("outcome", reality.kind === "nothing", !isReached);
  }
  if (reality.kind === "datagram") {
    const endpoints = (to.endpoints ?? []).map(({ address, port }) => `${address}:${port}`);
    return endpoints.includes(reality.endpoint) ? undefined : `${reality.endpoint} and not ${endpoints.join(" or ")}`;
  }
  const ended = explanation.entry?.certificates ?? [];
  const isTls = reality.certificate !== undefined;
  const certificates = ended.length === 0 ? [peers.backend] : ended.map((key) => peers.fingerprintOf(key));
  if (isTls && !certificates.includes(reality.certificate)) return `shown ${reality.certificate}`;
  return (
    same("rule", reality.rule, rule?.key) ??
    same("cluster", reality.cluster, to.backend) ??
    againstPassedOn(to, reality.seen, peers)
  );
}

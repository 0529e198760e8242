import assert from "node:assert/strict";
import type { ClusterSession } from "../../scripts/cluster-tools/session.ts";
import type { HttpTarget } from "../support/http-client.ts";
import { runInside } from "./inside.ts";

export interface WantedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of the pods that may answer. */
  readonly pods?: readonly string[];
  /** Serial number of the certificate that is shown. */
  readonly certificate?: string;
  /** So many answers must be as wanted, one after the other. Default: 1. */
  readonly inARow?: number;
}

export interface Awaited {
  readonly targets: readonly HttpTarget[];
  readonly wanted: WantedAnswer;
  readonly withinMs: number;
}

export type AwaitedOutcome =
  /** `at`: the first of the wanted answers, in milliseconds since 1970. */
  { readonly kind: "came"; readonly at: number } | { readonly kind: "did not come"; readonly objection: string };

/** Asks each target on new connections until it answers as wanted; the outcomes in the order of targets. */
export async function outcomes(cluster: ClusterSession, awaited: Awaited): Promise<readonly AwaitedOutcome[]> {
  return JSON.parse(await runInside(cluster, "await-answers.ts", awaited));
}

/** The same for targets that must come to answer as wanted; when each of them did. */
export async function answered(
  cluster: ClusterSession,
  targets: readonly HttpTarget[],
  wanted: WantedAnswer,
  withinMs = 30_000,
): Promise<readonly number[]> {
  const found = await outcomes(cluster, { targets, wanted, withinMs });
  return targets.map(({ host, address, port }, index) => {
    const outcome = found[index];
    if (outcome?.kind === "came") return outcome.at;
    return assert.fail(`${host} at ${address}:${port} does not answer as wanted: ${outcome?.objection}`);
  });
}

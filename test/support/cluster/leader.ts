import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type ClusterSession, installationNamespace } from "../../../scripts/cluster-tools/session.ts";
import { numberAt, textAt } from "../../../src/model/json.ts";

/** What the Lease says. */
export interface Leader {
  /** Of one process: a replica that starts again has another. */
  readonly identity: string;
  readonly pod: string;
  readonly since: Date;
  readonly renewed: Date;
  /** How often another one took over. */
  readonly transitions: number;
}

export async function leaderOf(cluster: ClusterSession): Promise<Leader> {
  const lease = await cluster.get("lease/weir", "--namespace", installationNamespace);
  const identity = textAt(lease, "spec", "holderIdentity") ?? "";
  const time = (field: string): Date => new Date(textAt(lease, "spec", field) ?? "");
  return {
    identity,
    pod: identity.replace(/_[^_]*$/, ""),
    since: time("acquireTime"),
    renewed: time("renewTime"),
    transitions: numberAt(lease, "spec", "leaseTransitions") ?? 0,
  };
}

/** Waits for a leader of which `holds` is true. */
export async function leaderThat(
  cluster: ClusterSession,
  holds: (leader: Leader) => boolean,
  withinMs = 60_000,
): Promise<Leader> {
  const until = Date.now() + withinMs;
  for (;;) {
    const leader = await leaderOf(cluster);
    if (leader.identity !== "" && holds(leader)) return leader;
    assert.ok(Date.now() < until, `${leader.identity} still leads`);
    await wait(200);
  }
}

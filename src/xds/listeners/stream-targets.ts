import type { StreamChainPlan } from "../../compile/plan.ts";
import { CLOSED_CLUSTER } from "../clusters/closed.ts";

/** A cluster and its part of the whole. */
export interface StreamTarget {
  readonly cluster: string;
  readonly weight: number;
}

/** Where a chain sends what arrives; never empty, all weights above 0 (Envoy refuses others), each cluster once. */
export function streamTargets({ rule }: StreamChainPlan): readonly [StreamTarget, ...StreamTarget[]] {
  const weights = new Map<string, number>();
  for (const { weight, target } of rule?.backends ?? []) {
    if (weight <= 0) continue;
    const cluster = target.kind === "close" ? CLOSED_CLUSTER : target.backend;
    weights.set(cluster, (weights.get(cluster) ?? 0) + weight);
  }
  const [first, ...more] = [...weights].map(([cluster, weight]) => ({ cluster, weight }));
  return first === undefined ? [{ cluster: CLOSED_CLUSTER, weight: 1 }] : [first, ...more];
}

/** Whether some of what arrives is closed or dropped. */
export function closesSome(chain: StreamChainPlan): boolean {
  return streamTargets(chain).some(({ cluster }) => cluster === CLOSED_CLUSTER);
}

/** The clusters that must be there first. */
export function streamClusters(chain: StreamChainPlan): readonly string[] {
  return streamTargets(chain).map(({ cluster }) => cluster);
}

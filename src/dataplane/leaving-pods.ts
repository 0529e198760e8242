import { gatewayOf, type PodGateway, type ProxyPod, podNodeId } from "../identity/proxy-pod.ts";
import type { Collection } from "../incremental/collection.ts";
import type { Clock } from "../serve/clock.ts";
import type { XdsServer } from "../serve/xds-server.ts";

export interface LeavingPodsOptions {
  /** Watched pods; those that are no proxies are passed over. */
  readonly pods: Collection<ProxyPod>;
  /** The name of the service account that a Gateway's proxies run under. */
  readonly serviceAccountOf: (gateway: PodGateway) => string;
  readonly server: Pick<XdsServer, "drain" | "forget">;
  /** `PodTimings.spreadSeconds`, as the pods were made with. */
  readonly spreadSeconds: number;
  readonly clock: Clock;
}

interface Known {
  readonly nodeId: string;
  readonly deletedAt: number | undefined;
}

/**
 * Sees proxies off: some time after a pod was deleted (see `PodTimings`) its listeners are drained, and when the pod is gone its streams end, as the
 * token that opened them counts no more. Every replica does this for the proxies that are connected to it. The result ends it.
 */
export function followLeavingPods(options: LeavingPodsOptions): () => void {
  const timers = new Map<string, () => void>();

  const known = (pod: ProxyPod | undefined): Known | undefined => {
    const gateway = pod === undefined ? undefined : gatewayOf(pod, options.serviceAccountOf);
    if (pod === undefined || gateway === undefined) return undefined;
    return { nodeId: podNodeId(gateway, pod), deletedAt: pod.deletedAt };
  };

  const changed = (before: Known | undefined, after: Known | undefined): void => {
    if (before !== undefined && before.nodeId !== after?.nodeId) {
      timers.get(before.nodeId)?.();
      timers.delete(before.nodeId);
      options.server.forget(before.nodeId);
    }
    if (after?.deletedAt === undefined || timers.has(after.nodeId)) return;
    const { nodeId, deletedAt } = after;
    const spreadMs = options.spreadSeconds * 1000;
    // The clocks of two machines differ; a pod is never kept longer than if it had been deleted just now.
    const delay = Math.min(spreadMs, Math.max(0, deletedAt + spreadMs - options.clock.date().getTime()));
    timers.set(
      nodeId,
      options.clock.after(delay, () => options.server.drain(nodeId)),
    );
  };

  for (const [, pod] of options.pods.entries()) changed(undefined, known(pod));
  const unsubscribe = options.pods.subscribe((changes) => {
    for (const { before, after } of changes.values()) changed(known(before), known(after));
  });
  return () => {
    unsubscribe();
    for (const cancel of timers.values()) cancel();
  };
}

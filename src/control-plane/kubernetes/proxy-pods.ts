import { gatewayNameLabel, type ProxyPod, podKey, podUidOf, readProxyPod } from "../../identity/proxy-pod.ts";
import type { Collection, InputCollection } from "../../incremental/collection.ts";
import { Graph } from "../../incremental/graph.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import type { Clock } from "../../kubernetes/clock.ts";
import { Reflector } from "../../kubernetes/reflector.ts";

export interface ProxyPodsOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Told why the pods cannot be read, and undefined once they can be again. */
  readonly onTrouble: (problem: string | undefined) => void;
}

/**
 * The pods of proxies, the one place where pods are watched: who connects is told from what runs, also while the API server is away, and who leaves is
 * seen off.
 */
export class ProxyPods {
  /** By `podKey`, as the API server last told of them. */
  readonly all: Collection<ProxyPod>;
  readonly #graph = new Graph({
    onError: (_collection, _key, error) => {
      throw error;
    },
  });
  readonly #pods: InputCollection<ProxyPod> = this.#graph.input("kubernetes/pods");
  /** The uids of those in service. */
  readonly #ready = new Set<string>();
  readonly #reflector: Reflector<ProxyPod>;
  readonly #first: Promise<void>;

  constructor({ client, clock, onTrouble }: ProxyPodsOptions) {
    this.all = this.#pods;
    this.#pods.subscribe((changes) => {
      for (const { before, after } of changes.values()) {
        if (before !== undefined) this.#ready.delete(before.uid);
        if (after !== undefined && isInService(after)) this.#ready.add(after.uid);
      }
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#first = promise;
    this.#reflector = new Reflector<ProxyPod>({
      client,
      path: "/api/v1/pods",
      query: { labelSelector: gatewayNameLabel },
      read: readProxyPod,
      replaced: (pods) => {
        this.#replace(pods);
        resolve();
      },
      applied: (pod) => this.#graph.transaction(() => this.#pods.set(podKey(pod), pod)),
      deleted: (pod) => this.#graph.transaction(() => this.#pods.delete(podKey(pod))),
      trouble: (problem) => onTrouble(problem?.message),
      clock,
    });
  }

  /** Whether requests reach the proxy of that node id: its pod is ready, and nobody has asked it to leave. */
  isReady(nodeId: string): boolean {
    return this.#ready.has(podUidOf(nodeId));
  }

  /** Calls `listener` with each pod that has become ready, or is so no more. The result ends that. */
  onReadiness(listener: (pod: ProxyPod) => void): () => void {
    return this.#pods.subscribe((changes) => {
      for (const { before, after } of changes.values()) {
        const pod = after ?? before;
        if (pod !== undefined && isInService(before) !== isInService(after)) listener(pod);
      }
    });
  }

  /** Resolves once the pods are known that there are now. */
  start(): Promise<void> {
    this.#reflector.start();
    return this.#first;
  }

  close(): Promise<void> {
    return this.#reflector.stop();
  }

  #replace(pods: readonly ProxyPod[]): void {
    const found = new Map(pods.map((pod) => [podKey(pod), pod]));
    this.#graph.transaction(() => {
      for (const [key] of [...this.#pods.entries()]) if (!found.has(key)) this.#pods.delete(key);
      for (const [key, pod] of found) this.#pods.set(key, pod);
    });
  }
}

function isInService(pod: ProxyPod | undefined): boolean {
  return pod?.ready === true && pod.deletedAt === undefined;
}

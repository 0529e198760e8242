import { gatewayNameLabel, type ProxyPod, podKey, proxyPodOf } from "../../identity/proxy-pod.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import { Reflector } from "../../kubernetes/reflector.ts";
import { objectAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { readObject } from "../../sources/kubernetes/reading.ts";

const POD = { group: "", kind: "Pod", versions: ["v1"], plural: "pods", namespaced: true, hasStatus: false } as const;

/** The pods of proxies, so that who connects can be told from what runs, also while the API server is away. */
export class ProxyPods {
  readonly #pods = new Map<string, ProxyPod>();
  readonly #reflector: Reflector<ProxyPod | undefined>;
  readonly #first: Promise<void>;

  constructor(client: KubernetesClient, onTrouble: (problem: string | undefined) => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#first = promise;
    this.#reflector = new Reflector<ProxyPod | undefined>({
      client,
      path: "/api/v1/pods",
      query: { labelSelector: gatewayNameLabel },
      read: readPod,
      replaced: (pods) => {
        this.#pods.clear();
        for (const pod of pods) this.#put(pod);
        resolve();
      },
      applied: (pod) => this.#put(pod),
      deleted: (pod) => {
        if (pod !== undefined) this.#pods.delete(podKey(pod.namespace, pod.name));
      },
      trouble: (problem) => onTrouble(problem?.message),
      clock: systemClock,
    });
  }

  /** Resolves once the pods are known that there are now. */
  start(): Promise<void> {
    this.#reflector.start();
    return this.#first;
  }

  get(namespace: string, name: string): ProxyPod | undefined {
    return this.#pods.get(podKey(namespace, name));
  }

  close(): Promise<void> {
    return this.#reflector.stop();
  }

  #put(pod: ProxyPod | undefined): void {
    if (pod !== undefined) this.#pods.set(podKey(pod.namespace, pod.name), pod);
  }
}

function readPod(body: JsonObject): ProxyPod | undefined {
  // In lists the server leaves out what is the same for all items.
  const { object } = readObject(POD, "kubernetes", { ...body, apiVersion: "v1" });
  return proxyPodOf({ ...object, body: { ...object.body, status: objectAt(body, "status") } });
}

import type { TokenPod } from "../../../identity/pod-token.ts";
import type { KubernetesClient } from "../../../kubernetes/client.ts";
import type { Clock } from "../../../kubernetes/clock.ts";
import { Reflector } from "../../../kubernetes/reflector.ts";
import { textAt } from "../../../model/json.ts";
import type { JsonObject } from "../../../model/source-object.ts";
import { controlPlaneLabels } from "../../../provision/names.ts";

/** A pod of the installation, as far as replicas look at each other. */
export interface ReplicaPod extends TokenPod {
  readonly name: string;
  /** Undefined before the pod has one. */
  readonly address: string | undefined;
}

export interface ReplicaPodsOptions {
  readonly client: KubernetesClient;
  /** Of the installation. */
  readonly namespace: string;
  /** Called after every change. */
  readonly changed: () => void;
  readonly trouble: (problem: string | undefined) => void;
  readonly clock: Clock;
}

/** The pods of this installation's replicas, this one's among them. */
export class ReplicaPods {
  readonly #pods = new Map<string, ReplicaPod>();
  readonly #reflector: Reflector<ReplicaPod>;

  constructor({ client, namespace, changed, trouble, clock }: ReplicaPodsOptions) {
    const labelSelector = Object.entries(controlPlaneLabels)
      .map(([name, value]) => `${name}=${value}`)
      .join();
    this.#reflector = new Reflector<ReplicaPod>({
      client,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      query: { labelSelector },
      read: readPod,
      replaced: (pods) => {
        this.#pods.clear();
        for (const pod of pods) this.#pods.set(pod.name, pod);
        changed();
      },
      applied: (pod) => {
        this.#pods.set(pod.name, pod);
        changed();
      },
      deleted: ({ name }) => {
        this.#pods.delete(name);
        changed();
      },
      trouble: (problem) => trouble(problem?.message),
      clock,
    });
  }

  start(): void {
    this.#reflector.start();
  }

  get(name: string): ReplicaPod | undefined {
    return this.#pods.get(name);
  }

  list(): Iterable<ReplicaPod> {
    return this.#pods.values();
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}

function readPod(body: JsonObject): ReplicaPod {
  return {
    name: textAt(body, "metadata", "name") ?? "",
    uid: textAt(body, "metadata", "uid") ?? "",
    serviceAccountName: textAt(body, "spec", "serviceAccountName") ?? "",
    phase: textAt(body, "status", "phase") ?? "",
    address: textAt(body, "status", "podIP"),
  };
}

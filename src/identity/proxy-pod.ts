import { listAt, numberAt, objectAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";

/** What Weir looks at of a proxy's pod. */
export interface ProxyPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  /** Whether the kubelet finds it ready: Services lead to it from then on. */
  readonly ready: boolean;
  /** When somebody deleted it, in milliseconds since 1970 by the API server's clock; undefined while nobody has. */
  readonly deletedAt: number | undefined;
}

/** Says which Gateway a pod works for (GEP-1762: on everything that is made for a Gateway). */
export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

/** What Weir looks at, from a pod as the API server gives it. */
export function readProxyPod(pod: JsonObject): ProxyPod {
  const isText = (label: [string, Json | undefined]): label is [string, string] => typeof label[1] === "string";
  return {
    namespace: textAt(pod, "metadata", "namespace") ?? "",
    name: textAt(pod, "metadata", "name") ?? "",
    uid: textAt(pod, "metadata", "uid") ?? "",
    serviceAccountName: textAt(pod, "spec", "serviceAccountName") ?? "",
    labels: Object.fromEntries(Object.entries(objectAt(pod, "metadata", "labels")).filter(isText)),
    phase: textAt(pod, "status", "phase") ?? "",
    ready: listAt(pod, "status", "conditions").some(
      (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
    ),
    deletedAt: deletedAt(pod),
  };
}

/** The key of a pod in a collection of pods. */
export function podKey({ namespace, name }: Pick<ProxyPod, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** `deletionTimestamp` lies in the future: it is when the grace period ends (API reference, ObjectMeta). */
function deletedAt(pod: JsonObject): number | undefined {
  const end = textAt(pod, "metadata", "deletionTimestamp");
  if (end === undefined) return undefined;
  const graceSeconds = numberAt(pod, "metadata", "deletionGracePeriodSeconds") ?? 0;
  const at = Date.parse(end) - graceSeconds * 1000;
  return Number.isNaN(at) ? 0 : at;
}

/** The Gateway that a pod is a proxy of. */
export interface PodGateway {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Gateway whose proxy `pod` is: it has that Gateway's name as a label and runs under the service account of that Gateway's proxies. The label
 * alone proves nothing, as whoever may change labels could take another Gateway's.
 */
export function gatewayOf(pod: ProxyPod, serviceAccountOf: (gateway: PodGateway) => string): PodGateway | undefined {
  const name = pod.labels[gatewayNameLabel];
  if (name === undefined || name === "") return undefined;
  const gateway = { namespace: pod.namespace, name };
  return serviceAccountOf(gateway) === pod.serviceAccountName ? gateway : undefined;
}

/** The node id under which a pod is known. */
export function podNodeId(gateway: PodGateway, pod: Pick<ProxyPod, "uid">): string {
  return `gateway/${gateway.namespace}/${gateway.name}/${pod.uid}`;
}

/** The uid of the pod that is known under a node id. */
export function podUidOf(nodeId: string): string {
  return nodeId.slice(nodeId.lastIndexOf("/") + 1);
}

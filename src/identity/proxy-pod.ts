import { numberAt, textAt } from "../model/json.ts";
import { objectKey, type SourceObject } from "../model/source-object.ts";

/** What Weir looks at of a proxy's pod. */
export interface ProxyPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  /** When somebody deleted it, in milliseconds since 1970 by the API server's clock; undefined while nobody has. */
  readonly deletedAt: number | undefined;
}

/** Says which Gateway a pod works for (GEP-1762: on everything that is made for a Gateway). */
export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

/** The pod in a watched object; undefined where the object is none. */
export function proxyPodOf(object: SourceObject): ProxyPod | undefined {
  if (object.kind !== "Pod" || object.apiVersion !== "v1") return undefined;
  const { namespace, name, uid, labels, body } = object;
  return {
    namespace,
    name,
    uid,
    serviceAccountName: textAt(body, "spec", "serviceAccountName") ?? "",
    labels,
    phase: textAt(body, "status", "phase") ?? "",
    deletedAt: deletedAt(body),
  };
}

/** The key of a pod in a collection of source objects. */
export function podKey(namespace: string, name: string): string {
  return objectKey({ group: "", kind: "Pod", namespace, name, scope: "" });
}

/** `deletionTimestamp` lies in the future: it is when the grace period ends (API reference, ObjectMeta). */
function deletedAt(body: SourceObject["body"]): number | undefined {
  const end = textAt(body, "metadata", "deletionTimestamp");
  if (end === undefined) return undefined;
  const graceSeconds = numberAt(body, "metadata", "deletionGracePeriodSeconds") ?? 0;
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

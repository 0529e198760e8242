import type { AuthenticationResult, CredentialAuthenticator } from "../serve/authentication.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import { forbidden, type PodClaims, podOfToken, verifyPodToken } from "./pod-token.ts";
import { gatewayOf, type PodGateway, type ProxyPod, podNodeId } from "./proxy-pod.ts";

export interface TokenAuthenticatorOptions {
  readonly keys: Pick<ClusterKeys, "current" | "newerThan">;
  /** The pod of that name in Weir's own watch; undefined where there is none. */
  readonly pod: (namespace: string, name: string) => ProxyPod | undefined;
  /** The name of the service account that a Gateway's proxies run under. */
  readonly serviceAccountOf: (gateway: PodGateway) => string;
  /** Default: `xds.weir.dev`. */
  readonly audience?: string;
  /** The time of day. */
  readonly now: () => Date;
}

/**
 * Recognises proxies by the projected service-account token of their pod.
 *
 * Everything is checked in this process, so that proxies can connect while the API server is away: the token (`verifyPodToken`), and that the pod
 * it is bound to exists with that uid and service account. The pod says which Gateway's configuration it receives (the proxy class
 * `<namespace>/<gateway>`); nothing that a client says about itself counts.
 */
export function tokenAuthenticator(options: TokenAuthenticatorOptions): CredentialAuthenticator {
  const { keys, now, audience = "xds.weir.dev" } = options;
  return {
    kind: "credential",
    authenticate: async (headers) => {
      const verified = await verifyPodToken(headers, { keys, now, audience });
      return verified.kind === "refused" ? verified : proxyOf(verified.claims, options);
    },
  };
}

function proxyOf(claims: PodClaims, options: TokenAuthenticatorOptions): AuthenticationResult {
  const { namespace, podName } = claims;
  const found = podOfToken(claims, options.pod(namespace, podName));
  if (found.kind === "refused") return found;
  const { pod } = found;
  const gateway = gatewayOf(pod, options.serviceAccountOf);
  if (gateway === undefined) return forbidden(`pod ${namespace}/${podName} is not a proxy of a Gateway`);
  return {
    kind: "accepted",
    proxy: { proxyClass: `${gateway.namespace}/${gateway.name}`, nodeId: podNodeId(gateway, pod) },
  };
}

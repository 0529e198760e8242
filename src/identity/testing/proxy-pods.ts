import { gatewayNameLabel, type ProxyPod } from "../proxy-pod.ts";

/** The pod of a proxy of the Gateway `shop/<gateway>`, running. */
export function podOf(gateway: string, more: Partial<ProxyPod> = {}): ProxyPod {
  return {
    namespace: "shop",
    name: `${gateway}-1`,
    uid: `uid-${gateway}`,
    serviceAccountName: `weir-${gateway}`,
    labels: { [gatewayNameLabel]: gateway },
    phase: "Running",
    ready: true,
    deletedAt: undefined,
    ...more,
  };
}

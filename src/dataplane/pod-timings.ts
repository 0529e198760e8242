/** How a proxy's pod leaves, in whole seconds. */
export interface PodTimings {
  /**
   * From the deletion of the pod until its listeners are drained: by then load balancers and kube-proxies have heard that its endpoint is gone, and
   * send no new connections.
   */
  readonly spreadSeconds: number;
  /** From then on: how long connections may finish what they do before they are cut. */
  readonly drainSeconds: number;
}

export const defaultPodTimings: PodTimings = { spreadSeconds: 5, drainSeconds: 20 };

/** For Weir to see the deletion and for the proxy to get the news. */
const slackSeconds = 3;

/**
 * What the pod's specification has to say for `timings` to come true: `lifecycle.preStop.sleep.seconds` of the container, and the
 * pod's `terminationGracePeriodSeconds`.
 *
 * Envoy ends at once on SIGTERM, so that the kubelet must hold the signal back: the `sleep` action does that without a shell in the
 * image. It is there by default from Kubernetes 1.30 on (1.29 has it behind the feature gate PodLifecycleSleepAction).
 */
export function podTermination({ spreadSeconds, drainSeconds }: PodTimings): {
  readonly preStopSleepSeconds: number;
  readonly gracePeriodSeconds: number;
} {
  const preStopSleepSeconds = spreadSeconds + drainSeconds + slackSeconds;
  return { preStopSleepSeconds, gracePeriodSeconds: preStopSleepSeconds + 5 };
}

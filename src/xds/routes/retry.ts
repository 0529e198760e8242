import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { RetryPolicySchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { PreviousHostsPredicateSchema } from "../../envoy/generated/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts";
import type { Retry } from "../../model/rule.ts";
import { milliseconds } from "../duration.ts";

/** How often another host is drawn when the one drawn was already tried. */
const HOST_DRAWS = 5n;

/** Back-off between tries starts here unless the rule says otherwise; it grows to ten times that. Milliseconds. */
const DEFAULT_BACKOFF = 25;

/**
 * The retries of a rule. How many may run at once is not a matter of the route: the retry budget of the cluster limits that.
 * @param tryTimeout milliseconds that one try may take, where there is a limit.
 */
export function retryPolicy(retry: Retry, tryTimeout: number | undefined): MessageInitShape<typeof RetryPolicySchema> {
  const conditions = [
    ...(retry.onConnectFailure ? ["connect-failure", "refused-stream"] : []),
    ...(retry.onReset ? ["reset"] : []),
    ...(retry.statusCodes.length > 0 ? ["retriable-status-codes"] : []),
  ];
  const backoff = Math.max(1, retry.backoffMs ?? DEFAULT_BACKOFF);
  const timeout = retry.perTryTimeoutMs ?? tryTimeout;
  return {
    retryOn: conditions.join(","),
    numRetries: retry.attempts,
    retriableStatusCodes: [...retry.statusCodes],
    retryBackOff: { baseInterval: milliseconds(backoff), maxInterval: milliseconds(backoff * 10) },
    retryHostPredicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        configType: { case: "typedConfig", value: packAny(PreviousHostsPredicateSchema, {}) },
      },
    ],
    hostSelectionRetryMaxAttempts: HOST_DRAWS,
    ...(timeout === undefined ? {} : { perTryTimeout: milliseconds(timeout) }),
  };
}

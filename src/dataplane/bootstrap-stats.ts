import type { JsonObject } from "../model/source-object.ts";

/** Statistics of Envoy as a whole, of which there are few. */
const prefixes = [
  "cluster.weir-control-plane.",
  "cluster_manager.",
  "control_plane.",
  "listener_manager.",
  "overload.",
  "runtime.",
  "server.",
];

/** Statistics there is one of per listener, cluster or filter, by how their names end. */
const suffixes = [
  // who is connected and what was asked
  ".downstream_cx_active",
  ".downstream_cx_overflow",
  ".downstream_cx_overload_reject",
  ".downstream_cx_total",
  ".downstream_global_cx_overflow",
  ".downstream_rq_active",
  ".downstream_rq_time",
  ".downstream_rq_timeout",
  ".downstream_rq_too_many_premature_resets",
  ".downstream_rq_total",
  "_rq_1xx",
  "_rq_2xx",
  "_rq_3xx",
  "_rq_4xx",
  "_rq_5xx",
  // requests that no rule or cluster took
  ".no_cluster",
  ".no_route",
  ".passthrough_internal_redirect_no_route",
  // backends
  ".membership_healthy",
  ".membership_total",
  ".ejections_active",
  ".upstream_cx_active",
  ".upstream_cx_connect_fail",
  ".upstream_cx_overflow",
  ".upstream_cx_total",
  ".upstream_rq_active",
  ".upstream_rq_pending_overflow",
  ".upstream_rq_retry",
  ".upstream_rq_retry_overflow",
  ".upstream_rq_time",
  ".upstream_rq_timeout",
  ".upstream_rq_total",
  // policies
  ".allowed",
  ".denied",
  ".enforced",
  ".rate_limited",
  ".shadow_denied",
  // TLS
  ".days_until_first_cert_expiring",
  ".ssl.connection_error",
  ".ssl.fail_verify_error",
  ".ssl.fail_verify_no_cert",
  ".ssl.handshake",
  // configuration
  ".update_failure",
  ".update_rejected",
  ".update_success",
];

/**
 * Which statistics Envoy keeps. An inclusion list: with everything kept, most of the memory of a proxy with many
 * backends is counters that nobody reads.
 */
export function statsConfig(extra: "all" | readonly { readonly prefix: string }[]): JsonObject {
  const patterns =
    extra === "all"
      ? undefined
      : [...prefixes.map((prefix) => ({ prefix })), ...extra, ...suffixes.map((suffix) => ({ suffix }))];
  return {
    stats_config: {
      use_all_default_tags: true,
      ...(patterns === undefined ? {} : { stats_matcher: { inclusion_list: { patterns } } }),
    },
    // Statistics of a cluster exist from its first request on.
    deferred_stat_options: { enable_deferred_creation_stats: true },
  };
}

import type { JsonObject } from "../model/source-object.ts";

export interface ProxyLimits {
  /** Memory at which Envoy counts as full, in bytes. Without it only connections are limited. */
  readonly heapBytes?: number;
  /** Connections of clients at one time; about half of the file descriptors the process may have. Default: 50,000. */
  readonly downstreamConnections?: number;
}

const heapMonitor = "envoy.resource_monitors.fixed_heap";

/**
 * Envoy's overload manager: first shorten, then refuse, and only then run out of memory.
 *
 * Thresholds are shares of `heapBytes`: timeouts shrink from 0.85 and keep-alive ends at 0.92, so that connections go
 * away by themselves; from 0.95 memory is given back and nothing new is accepted; at 0.98 requests are answered 503.
 */
export function overloadManager(limits: ProxyLimits): JsonObject {
  const connections = {
    name: "envoy.resource_monitors.global_downstream_max_connections",
    typed_config: {
      "@type":
        "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
      max_active_downstream_connections: limits.downstreamConnections ?? 50_000,
    },
  };
  if (limits.heapBytes === undefined) return { refresh_interval: "0.25s", resource_monitors: [connections] };
  const heap = {
    name: heapMonitor,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
      max_heap_size_bytes: limits.heapBytes,
    },
  };
  return {
    refresh_interval: "0.25s",
    resource_monitors: [heap, connections],
    actions: [
      {
        name: "envoy.overload_actions.reduce_timeouts",
        triggers: [{ name: heapMonitor, scaled: { scaling_threshold: 0.85, saturation_threshold: 0.95 } }],
        typed_config: {
          "@type": "type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig",
          timer_scale_factors: [
            { timer: "HTTP_DOWNSTREAM_CONNECTION_IDLE", min_timeout: "2s" },
            { timer: "HTTP_DOWNSTREAM_STREAM_IDLE", min_timeout: "2s" },
          ],
        },
      },
      {
        name: "envoy.overload_actions.reset_high_memory_stream",
        triggers: [{ name: heapMonitor, scaled: { scaling_threshold: 0.9, saturation_threshold: 0.98 } }],
      },
      action("disable_http_keepalive", 0.92),
      action("shrink_heap", 0.95),
      action("stop_accepting_requests", 0.98),
    ],
    loadshed_points: [loadShedPoint("tcp_listener_accept", 0.95), loadShedPoint("hcm_ondata_creating_codec", 0.97)],
    // Streams that hold 1 MiB or more are told apart, for reset_high_memory_stream.
    buffer_factory_config: { minimum_account_to_track_power_of_two: 20 },
  };
}

function action(name: string, threshold: number): JsonObject {
  return { name: `envoy.overload_actions.${name}`, triggers: [{ name: heapMonitor, threshold: { value: threshold } }] };
}

function loadShedPoint(name: string, threshold: number): JsonObject {
  return { name: `envoy.load_shed_points.${name}`, triggers: [{ name: heapMonitor, threshold: { value: threshold } }] };
}

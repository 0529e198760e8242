import type { Json, JsonObject } from "../model/source-object.ts";
import { type ControlPlane, controlPlaneCluster, staticCluster, xdsCluster } from "./bootstrap-control-plane.ts";
import { overloadManager, type ProxyLimits } from "./bootstrap-overload.ts";
import { statsConfig } from "./bootstrap-stats.ts";

/** Where an HTTP endpoint of the proxy listens. */
export interface BootstrapAddress {
  readonly address: string;
  readonly port: number;
}

export type { ControlPlane } from "./bootstrap-control-plane.ts";
export { controlPlaneCluster } from "./bootstrap-control-plane.ts";

export interface BootstrapNode {
  /** `gateway/<namespace>/<gateway>/<host>` or `workload/<namespace>/<name>/<instance>`. */
  readonly id: string;
  /** `<namespace>/<gateway>`. */
  readonly cluster: string;
  readonly locality?: { readonly region: string; readonly zone: string };
}

/** What many proxies may start with; who each of them is comes as `--service-node` and `--service-cluster`. */
export interface SharedBootstrapOptions {
  readonly controlPlane: ControlPlane;
  /** Envoy's admin interface, which can stop the proxy: never reachable from other machines. */
  readonly admin:
    | { readonly kind: "unix"; readonly path: string }
    | { readonly kind: "loopback"; readonly port: number };
  /** Answers `/ready` (200 or 503) to anyone, for load balancers and kubelets. */
  readonly ready?: BootstrapAddress;
  /** Answers `/metrics` in the Prometheus text format to anyone. */
  readonly metrics?: BootstrapAddress;
  /** Metrics to keep beyond the default list; `all` keeps everything, at a cost of some 30 kB per cluster. */
  readonly stats?: "all" | readonly { readonly prefix: string }[];
  readonly limits?: ProxyLimits;
}

export interface BootstrapOptions extends SharedBootstrapOptions {
  readonly node: BootstrapNode;
}

const adminCluster = "weir-admin";

/**
 * Subscription through the one aggregated stream. Waits for its first answer for ever: an Envoy that gave up would open
 * no listener, or serve one without its routes.
 */
const aggregated: JsonObject = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };

/**
 * The bootstrap configuration of an Envoy, in Envoy's JSON form (protobuf field names).
 *
 * A function of its options alone. What it gives is a contract with running proxies: it takes effect only in a new
 * process, so it changes rarely, and a golden test shows when.
 */
export function bootstrap(options: BootstrapOptions | SharedBootstrapOptions): JsonObject {
  const endpoints = [
    ...(options.ready === undefined ? [] : [adminListener("weir-ready", options.ready, "/ready", "/ready")]),
    ...(options.metrics === undefined
      ? []
      : [adminListener("weir-metrics", options.metrics, "/metrics", "/stats/prometheus")]),
  ];
  return {
    ...("node" in options ? { node: { ...options.node } } : {}),
    admin: { address: adminAddress(options.admin), ignore_global_conn_limit: true },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [
          {
            envoy_grpc: {
              cluster_name: controlPlaneCluster,
              // A control plane that restarts is back within seconds; Envoy's own back-off goes up to 30 s.
              retry_policy: { retry_back_off: { base_interval: "0.2s", max_interval: "2s" } },
            },
          },
        ],
      },
      cds_config: aggregated,
      lds_config: aggregated,
    },
    static_resources: {
      clusters: [
        xdsCluster(options.controlPlane),
        ...(endpoints.length === 0 ? [] : [staticCluster(adminCluster, adminAddress(options.admin))]),
      ],
      listeners: endpoints,
    },
    ...statsConfig(options.stats ?? []),
    overload_manager: overloadManager(options.limits ?? {}),
    layered_runtime: {
      layers: [
        {
          name: "weir",
          static_layer: {
            // Expressions are checked for size before they get here; Envoy's default of 100 refuses ordinary ones.
            "re2.max_program_size.error_level": 4_294_967_295,
            "re2.max_program_size.warn_level": 4_294_967_295,
            // HTTP/2 rapid reset (CVE-2023-44487): more than half of 500 streams reset within a second ends the connection.
            "overload.premature_reset_total_stream_count": 500,
            "overload.premature_reset_min_stream_lifetime_seconds": 1,
            // Bare line feeds in chunk framing are a way to smuggle requests.
            "envoy.reloadable_features.strict_chunk_parsing": true,
          },
        },
        { name: "admin", admin_layer: {} },
      ],
    },
  };
}

function adminAddress(admin: BootstrapOptions["admin"]): JsonObject {
  return admin.kind === "unix"
    ? { pipe: { path: admin.path, mode: 0o600 } }
    : { socket_address: { address: "127.0.0.1", port_value: admin.port } };
}

/** A listener that shows one path of the admin interface and nothing else of it. Served even under overload. */
function adminListener(name: string, { address, port }: BootstrapAddress, path: string, target: string): JsonObject {
  const route: Json = { match: { path }, route: { cluster: adminCluster, prefix_rewrite: target, timeout: "10s" } };
  return {
    name,
    address: { socket_address: { address, port_value: port } },
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: name,
              normalize_path: true,
              request_headers_timeout: "10s",
              stream_idle_timeout: "30s",
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
              route_config: { name, virtual_hosts: [{ name, domains: ["*"], routes: [route] }] },
            },
          },
        ],
      },
    ],
  };
}

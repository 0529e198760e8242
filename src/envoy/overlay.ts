/**
 * What the packaged Envoy API descriptors lack and Weir needs.
 *
 * The descriptors come from a Python wheel that trails Envoy by some releases. Each entry adds fields to one message,
 * creating the message (and its file) when it does not exist. Numbers, types and rules are those of the descriptors
 * compiled into the Envoy 1.40.0 binary; `test/envoy-api/` compares them with that binary.
 */

/** A field rule in the JSON form of `validate.FieldRules`. */
export type OverlayRule = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

export interface OverlayField {
  readonly name: string;
  readonly number: number;
  /** A scalar type of protobuf, or the full name of a message. */
  readonly type: "string" | "bool" | "uint32" | "uint64" | `${string}.${string}`;
  readonly repeated?: true;
  readonly rules?: OverlayRule;
}

export interface OverlayEntry {
  /** Path of the .proto file that declares the message. */
  readonly file: string;
  /** Full name of the message. */
  readonly message: string;
  /** The first Envoy release that knows these fields; where that is not documented, the release they were checked with. */
  readonly since: `1.${number}`;
  readonly fields: readonly OverlayField[];
}

/** A rule that a newer Envoy has about a field that the packaged descriptors know without it. */
export interface OverlayRuleEntry {
  readonly message: string;
  readonly field: string;
  readonly rules: OverlayRule;
}

export const overlayRules: readonly OverlayRuleEntry[] = [
  { message: "envoy.config.cluster.v3.Cluster", field: "health_checks", rules: { repeated: { maxItems: "8" } } },
  {
    message: "envoy.config.route.v3.RouteConfiguration",
    field: "vhost_header",
    rules: { string: { wellKnownRegex: "HTTP_HEADER_NAME", strict: false } },
  },
];

const required: OverlayRule = { message: { required: true } };
const extension = "envoy.config.core.v3.TypedExtensionConfig";

export const overlay: readonly OverlayEntry[] = [
  {
    file: "envoy/config/route/v3/route_components.proto",
    message: "envoy.config.route.v3.CookieMatcher",
    since: "1.37",
    fields: [
      { name: "name", number: 1, type: "string", rules: { string: { minLen: 1, maxBytes: 1024 } } },
      { name: "string_match", number: 2, type: "envoy.type.matcher.v3.StringMatcher", rules: required },
      { name: "invert_match", number: 3, type: "bool" },
    ],
  },
  {
    file: "envoy/config/route/v3/route_components.proto",
    message: "envoy.config.route.v3.RouteMatch",
    since: "1.37",
    fields: [{ name: "cookies", number: 17, type: "envoy.config.route.v3.CookieMatcher", repeated: true }],
  },
  {
    file: "envoy/config/core/v3/protocol.proto",
    message: "envoy.config.core.v3.Http2ProtocolOptions",
    since: "1.38",
    fields: [
      {
        name: "max_header_field_size_kb",
        number: 19,
        type: "google.protobuf.UInt32Value",
        rules: { uint32: { lte: 256, gte: 64 } },
      },
    ],
  },
  {
    file: "envoy/config/core/v3/protocol.proto",
    message: "envoy.config.core.v3.Http2ProtocolOptions",
    since: "1.39",
    fields: [
      { name: "stream_reset_burst", number: 21, type: "google.protobuf.UInt64Value" },
      { name: "stream_reset_rate", number: 22, type: "google.protobuf.UInt64Value" },
    ],
  },
  {
    file: "envoy/config/listener/v3/listener.proto",
    message: "envoy.config.listener.v3.Listener",
    since: "1.38",
    fields: [
      {
        name: "per_connection_buffer_high_watermark_timeout",
        number: 38,
        type: "google.protobuf.Duration",
        rules: { duration: { gte: "0s" } },
      },
    ],
  },
  {
    file: "envoy/config/cluster/v3/cluster.proto",
    message: "envoy.config.cluster.v3.Cluster",
    since: "1.38",
    fields: [
      {
        name: "per_connection_buffer_high_watermark_timeout",
        number: 60,
        type: "google.protobuf.Duration",
        rules: { duration: { gte: "0s" } },
      },
    ],
  },
  {
    file: "envoy/config/cluster/v3/circuit_breaker.proto",
    message: "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget",
    since: "1.39",
    fields: [{ name: "budget_interval", number: 3, type: "google.protobuf.Duration" }],
  },
  {
    file: "envoy/extensions/filters/http/basic_auth/v3/basic_auth.proto",
    message: "envoy.extensions.filters.http.basic_auth.v3.BasicAuth",
    since: "1.39",
    fields: [
      { name: "allow_missing", number: 4, type: "bool" },
      { name: "emit_dynamic_metadata", number: 5, type: "bool" },
    ],
  },
  {
    file: "envoy/extensions/filters/http/body_size_limit/v3/body_size_limit.proto",
    message: "envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit",
    since: "1.40",
    fields: [
      { name: "max_request_bytes", number: 1, type: "google.protobuf.UInt64Value", rules: { uint64: { gt: "0" } } },
    ],
  },
  {
    file: "envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto",
    message: "envoy.extensions.filters.http.ext_authz.v3.HttpService",
    since: "1.40",
    fields: [{ name: "path_override", number: 10, type: "string" }],
  },
  {
    file: "envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto",
    message: "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
    since: "1.38",
    fields: [{ name: "shadow_mode", number: 32, type: "bool" }],
  },
  {
    file: "envoy/extensions/filters/http/filter_chain/v3/filter_chain.proto",
    message: "envoy.extensions.filters.http.filter_chain.v3.FilterChain",
    since: "1.39",
    fields: [{ name: "filters", number: 1, type: extension, repeated: true, rules: { repeated: { minItems: "1" } } }],
  },
  {
    file: "envoy/extensions/filters/http/filter_chain/v3/filter_chain.proto",
    message: "envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig",
    since: "1.39",
    fields: [
      {
        name: "default_filter_chain",
        number: 1,
        type: "envoy.extensions.filters.http.filter_chain.v3.FilterChain",
      },
    ],
  },
  {
    file: "envoy/extensions/filters/http/filter_chain/v3/filter_chain.proto",
    message: "envoy.extensions.filters.http.filter_chain.v3.FilterChainConfigPerRoute",
    since: "1.39",
    fields: [
      {
        name: "filter_chain",
        number: 1,
        type: "envoy.extensions.filters.http.filter_chain.v3.FilterChain",
        rules: required,
      },
    ],
  },
  {
    file: "envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto",
    message: "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
    since: "1.40",
    fields: [{ name: "enable_retry_after_header", number: 19, type: "bool" }],
  },
  {
    file: "envoy/extensions/filters/http/ratelimit/v3/rate_limit.proto",
    message: "envoy.extensions.filters.http.ratelimit.v3.RateLimit",
    since: "1.40",
    fields: [{ name: "enable_retry_after_header", number: 19, type: "bool" }],
  },
  {
    file: "envoy/extensions/filters/http/stateful_session/v3/stateful_session.proto",
    message: "envoy.extensions.filters.http.stateful_session.v3.StatefulSession",
    since: "1.38",
    fields: [{ name: "status_on_strict_destination_not_found", number: 4, type: "uint32" }],
  },
  {
    file: "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto",
    message: "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    since: "1.39",
    fields: [{ name: "drain_timeout_jitter", number: 62, type: "envoy.type.v3.Percent" }],
  },
  {
    file: "envoy/extensions/http/injected_credentials/generic/v3/generic.proto",
    message: "envoy.extensions.http.injected_credentials.generic.v3.Generic",
    since: "1.40",
    fields: [{ name: "header_value_prefix", number: 3, type: "string" }],
  },
  {
    file: "envoy/extensions/transport_sockets/tls/cert_mappers/sni/v3/config.proto",
    message: "envoy.extensions.transport_sockets.tls.cert_mappers.sni.v3.SNI",
    since: "1.37",
    fields: [{ name: "default_value", number: 1, type: "string", rules: { string: { minLen: 1 } } }],
  },
  {
    file: "envoy/extensions/transport_sockets/tls/cert_selectors/on_demand_secret/v3/config.proto",
    message: "envoy.extensions.transport_sockets.tls.cert_selectors.on_demand_secret.v3.Config",
    since: "1.37",
    fields: [
      { name: "config_source", number: 1, type: "envoy.config.core.v3.ConfigSource", rules: required },
      { name: "certificate_mapper", number: 2, type: extension, rules: required },
      { name: "prefetch_secret_names", number: 3, type: "string", repeated: true },
    ],
  },
  {
    file: "envoy/extensions/transport_sockets/tls/v3/common.proto",
    message: "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext",
    since: "1.39",
    fields: [{ name: "suppress_client_ca_list", number: 18, type: "bool" }],
  },
];

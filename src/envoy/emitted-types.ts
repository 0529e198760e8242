import { file_envoy_admin_v3_config_dump } from "./generated/envoy/admin/v3/config_dump_pb.ts";
import { file_envoy_admin_v3_config_dump_shared } from "./generated/envoy/admin/v3/config_dump_shared_pb.ts";
import { file_envoy_config_bootstrap_v3_bootstrap } from "./generated/envoy/config/bootstrap/v3/bootstrap_pb.ts";
import { file_envoy_config_cluster_v3_cluster } from "./generated/envoy/config/cluster/v3/cluster_pb.ts";
import { file_envoy_config_endpoint_v3_endpoint } from "./generated/envoy/config/endpoint/v3/endpoint_pb.ts";
import { file_envoy_config_listener_v3_listener } from "./generated/envoy/config/listener/v3/listener_pb.ts";
import { file_envoy_config_route_v3_route } from "./generated/envoy/config/route/v3/route_pb.ts";
import { file_envoy_config_route_v3_scoped_route } from "./generated/envoy/config/route/v3/scoped_route_pb.ts";
import { file_envoy_extensions_access_loggers_file_v3_file } from "./generated/envoy/extensions/access_loggers/file/v3/file_pb.ts";
import { file_envoy_extensions_access_loggers_stream_v3_stream } from "./generated/envoy/extensions/access_loggers/stream/v3/stream_pb.ts";
import { file_envoy_extensions_clusters_dns_v3_dns_cluster } from "./generated/envoy/extensions/clusters/dns/v3/dns_cluster_pb.ts";
import { file_envoy_extensions_compression_brotli_compressor_v3_brotli } from "./generated/envoy/extensions/compression/brotli/compressor/v3/brotli_pb.ts";
import { file_envoy_extensions_compression_gzip_compressor_v3_gzip } from "./generated/envoy/extensions/compression/gzip/compressor/v3/gzip_pb.ts";
import { file_envoy_extensions_filters_http_basic_auth_v3_basic_auth } from "./generated/envoy/extensions/filters/http/basic_auth/v3/basic_auth_pb.ts";
import { file_envoy_extensions_filters_http_body_size_limit_v3_body_size_limit } from "./generated/envoy/extensions/filters/http/body_size_limit/v3/body_size_limit_pb.ts";
import { file_envoy_extensions_filters_http_buffer_v3_buffer } from "./generated/envoy/extensions/filters/http/buffer/v3/buffer_pb.ts";
import { file_envoy_extensions_filters_http_compressor_v3_compressor } from "./generated/envoy/extensions/filters/http/compressor/v3/compressor_pb.ts";
import { file_envoy_extensions_filters_http_cors_v3_cors } from "./generated/envoy/extensions/filters/http/cors/v3/cors_pb.ts";
import { file_envoy_extensions_filters_http_credential_injector_v3_credential_injector } from "./generated/envoy/extensions/filters/http/credential_injector/v3/credential_injector_pb.ts";
import { file_envoy_extensions_filters_http_ext_authz_v3_ext_authz } from "./generated/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.ts";
import { file_envoy_extensions_filters_http_fault_v3_fault } from "./generated/envoy/extensions/filters/http/fault/v3/fault_pb.ts";
import { file_envoy_extensions_filters_http_filter_chain_v3_filter_chain } from "./generated/envoy/extensions/filters/http/filter_chain/v3/filter_chain_pb.ts";
import { file_envoy_extensions_filters_http_grpc_web_v3_grpc_web } from "./generated/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts";
import { file_envoy_extensions_filters_http_header_mutation_v3_header_mutation } from "./generated/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.ts";
import { file_envoy_extensions_filters_http_jwt_authn_v3_config } from "./generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import { file_envoy_extensions_filters_http_local_ratelimit_v3_local_rate_limit } from "./generated/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.ts";
import { file_envoy_extensions_filters_http_lua_v3_lua } from "./generated/envoy/extensions/filters/http/lua/v3/lua_pb.ts";
import { file_envoy_extensions_filters_http_ratelimit_v3_rate_limit } from "./generated/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb.ts";
import { file_envoy_extensions_filters_http_rbac_v3_rbac } from "./generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts";
import { file_envoy_extensions_filters_http_router_v3_router } from "./generated/envoy/extensions/filters/http/router/v3/router_pb.ts";
import { file_envoy_extensions_filters_http_set_filter_state_v3_set_filter_state } from "./generated/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb.ts";
import { file_envoy_extensions_filters_http_set_metadata_v3_set_metadata } from "./generated/envoy/extensions/filters/http/set_metadata/v3/set_metadata_pb.ts";
import { file_envoy_extensions_filters_http_stateful_session_v3_stateful_session } from "./generated/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts";
import { file_envoy_extensions_filters_http_upstream_codec_v3_upstream_codec } from "./generated/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb.ts";
import { file_envoy_extensions_filters_listener_http_inspector_v3_http_inspector } from "./generated/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.ts";
import { file_envoy_extensions_filters_listener_proxy_protocol_v3_proxy_protocol } from "./generated/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts";
import { file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector } from "./generated/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts";
import { file_envoy_extensions_filters_network_connection_limit_v3_connection_limit } from "./generated/envoy/extensions/filters/network/connection_limit/v3/connection_limit_pb.ts";
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from "./generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { file_envoy_extensions_filters_network_rbac_v3_rbac } from "./generated/envoy/extensions/filters/network/rbac/v3/rbac_pb.ts";
import { file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy } from "./generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.ts";
import { file_envoy_extensions_filters_udp_udp_proxy_v3_route } from "./generated/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.ts";
import { file_envoy_extensions_filters_udp_udp_proxy_v3_udp_proxy } from "./generated/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.ts";
import { file_envoy_extensions_health_check_event_sinks_file_v3_file } from "./generated/envoy/extensions/health_check/event_sinks/file/v3/file_pb.ts";
import { file_envoy_extensions_http_early_header_mutation_header_mutation_v3_header_mutation } from "./generated/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts";
import { file_envoy_extensions_http_header_formatters_preserve_case_v3_preserve_case } from "./generated/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.ts";
import { file_envoy_extensions_http_injected_credentials_generic_v3_generic } from "./generated/envoy/extensions/http/injected_credentials/generic/v3/generic_pb.ts";
import { file_envoy_extensions_http_original_ip_detection_custom_header_v3_custom_header } from "./generated/envoy/extensions/http/original_ip_detection/custom_header/v3/custom_header_pb.ts";
import { file_envoy_extensions_http_original_ip_detection_xff_v3_xff } from "./generated/envoy/extensions/http/original_ip_detection/xff/v3/xff_pb.ts";
import { file_envoy_extensions_http_stateful_session_cookie_v3_cookie } from "./generated/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.ts";
import { file_envoy_extensions_http_stateful_session_header_v3_header } from "./generated/envoy/extensions/http/stateful_session/header/v3/header_pb.ts";
import { file_envoy_extensions_internal_redirect_previous_routes_v3_previous_routes_config } from "./generated/envoy/extensions/internal_redirect/previous_routes/v3/previous_routes_config_pb.ts";
import { file_envoy_extensions_load_balancing_policies_cluster_provided_v3_cluster_provided } from "./generated/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb.ts";
import { file_envoy_extensions_load_balancing_policies_least_request_v3_least_request } from "./generated/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.ts";
import { file_envoy_extensions_load_balancing_policies_maglev_v3_maglev } from "./generated/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb.ts";
import { file_envoy_extensions_load_balancing_policies_override_host_v3_override_host } from "./generated/envoy/extensions/load_balancing_policies/override_host/v3/override_host_pb.ts";
import { file_envoy_extensions_load_balancing_policies_random_v3_random } from "./generated/envoy/extensions/load_balancing_policies/random/v3/random_pb.ts";
import { file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash } from "./generated/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.ts";
import { file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin } from "./generated/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.ts";
import { file_envoy_extensions_load_balancing_policies_subset_v3_subset } from "./generated/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.ts";
import { file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality } from "./generated/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb.ts";
import { file_envoy_extensions_matching_common_inputs_network_v3_network_inputs } from "./generated/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.ts";
import { file_envoy_extensions_matching_common_inputs_ssl_v3_ssl_inputs } from "./generated/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb.ts";
import { file_envoy_extensions_matching_input_matchers_ip_v3_ip } from "./generated/envoy/extensions/matching/input_matchers/ip/v3/ip_pb.ts";
import { file_envoy_extensions_matching_input_matchers_runtime_fraction_v3_runtime_fraction } from "./generated/envoy/extensions/matching/input_matchers/runtime_fraction/v3/runtime_fraction_pb.ts";
import { file_envoy_extensions_path_match_uri_template_v3_uri_template_match } from "./generated/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts";
import { file_envoy_extensions_path_rewrite_uri_template_v3_uri_template_rewrite } from "./generated/envoy/extensions/path/rewrite/uri_template/v3/uri_template_rewrite_pb.ts";
import { file_envoy_extensions_rbac_principals_mtls_authenticated_v3_mtls_authenticated } from "./generated/envoy/extensions/rbac/principals/mtls_authenticated/v3/mtls_authenticated_pb.ts";
import { file_envoy_extensions_request_id_uuid_v3_uuid } from "./generated/envoy/extensions/request_id/uuid/v3/uuid_pb.ts";
import { file_envoy_extensions_resource_monitors_downstream_connections_v3_downstream_connections } from "./generated/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.ts";
import { file_envoy_extensions_resource_monitors_fixed_heap_v3_fixed_heap } from "./generated/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts";
import { file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts } from "./generated/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.ts";
import { file_envoy_extensions_transport_sockets_proxy_protocol_v3_upstream_proxy_protocol } from "./generated/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.ts";
import { file_envoy_extensions_transport_sockets_raw_buffer_v3_raw_buffer } from "./generated/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.ts";
import { file_envoy_extensions_transport_sockets_tls_cert_mappers_sni_v3_config } from "./generated/envoy/extensions/transport_sockets/tls/cert_mappers/sni/v3/config_pb.ts";
import { file_envoy_extensions_transport_sockets_tls_cert_selectors_on_demand_secret_v3_config } from "./generated/envoy/extensions/transport_sockets/tls/cert_selectors/on_demand_secret/v3/config_pb.ts";
import { file_envoy_extensions_transport_sockets_tls_v3_secret } from "./generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts";
import { file_envoy_extensions_transport_sockets_tls_v3_tls } from "./generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts";
import { file_envoy_extensions_upstreams_http_v3_http_protocol_options } from "./generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts";
import { file_envoy_service_discovery_v3_ads } from "./generated/envoy/service/discovery/v3/ads_pb.ts";
import { file_envoy_type_matcher_v3_http_inputs } from "./generated/envoy/type/matcher/v3/http_inputs_pb.ts";
import { file_envoy_type_matcher_v3_status_code_input } from "./generated/envoy/type/matcher/v3/status_code_input_pb.ts";
import { file_xds_type_matcher_v3_cel } from "./generated/xds/type/matcher/v3/cel_pb.ts";
import { file_xds_type_matcher_v3_domain } from "./generated/xds/type/matcher/v3/domain_pb.ts";
import { file_xds_type_matcher_v3_http_inputs } from "./generated/xds/type/matcher/v3/http_inputs_pb.ts";
import { file_xds_type_matcher_v3_ip } from "./generated/xds/type/matcher/v3/ip_pb.ts";

/**
 * The files whose message types Weir sends to Envoy or reads from it. Add a line when a filter or extension starts to use
 * another type: a type missing here prints without its content and is not checked inside `google.protobuf.Any`.
 *
 * Importing this module loads all of them (some hundred milliseconds); use `envoyRegistry()`, which does so on first use.
 */
export const emittedFiles = [
  file_envoy_admin_v3_config_dump,
  file_envoy_admin_v3_config_dump_shared,
  file_envoy_config_bootstrap_v3_bootstrap,
  file_envoy_config_cluster_v3_cluster,
  file_envoy_config_endpoint_v3_endpoint,
  file_envoy_config_listener_v3_listener,
  file_envoy_config_route_v3_route,
  file_envoy_config_route_v3_scoped_route,
  file_envoy_extensions_access_loggers_file_v3_file,
  file_envoy_extensions_access_loggers_stream_v3_stream,
  file_envoy_extensions_clusters_dns_v3_dns_cluster,
  file_envoy_extensions_compression_brotli_compressor_v3_brotli,
  file_envoy_extensions_compression_gzip_compressor_v3_gzip,
  file_envoy_extensions_filters_http_basic_auth_v3_basic_auth,
  file_envoy_extensions_filters_http_body_size_limit_v3_body_size_limit,
  file_envoy_extensions_filters_http_buffer_v3_buffer,
  file_envoy_extensions_filters_http_compressor_v3_compressor,
  file_envoy_extensions_filters_http_cors_v3_cors,
  file_envoy_extensions_filters_http_credential_injector_v3_credential_injector,
  file_envoy_extensions_filters_http_ext_authz_v3_ext_authz,
  file_envoy_extensions_filters_http_fault_v3_fault,
  file_envoy_extensions_filters_http_filter_chain_v3_filter_chain,
  file_envoy_extensions_filters_http_grpc_web_v3_grpc_web,
  file_envoy_extensions_filters_http_header_mutation_v3_header_mutation,
  file_envoy_extensions_filters_http_jwt_authn_v3_config,
  file_envoy_extensions_filters_http_local_ratelimit_v3_local_rate_limit,
  file_envoy_extensions_filters_http_lua_v3_lua,
  file_envoy_extensions_filters_http_ratelimit_v3_rate_limit,
  file_envoy_extensions_filters_http_rbac_v3_rbac,
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_http_set_filter_state_v3_set_filter_state,
  file_envoy_extensions_filters_http_set_metadata_v3_set_metadata,
  file_envoy_extensions_filters_http_stateful_session_v3_stateful_session,
  file_envoy_extensions_filters_http_upstream_codec_v3_upstream_codec,
  file_envoy_extensions_filters_listener_http_inspector_v3_http_inspector,
  file_envoy_extensions_filters_listener_proxy_protocol_v3_proxy_protocol,
  file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector,
  file_envoy_extensions_filters_network_connection_limit_v3_connection_limit,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
  file_envoy_extensions_filters_network_rbac_v3_rbac,
  file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy,
  file_envoy_extensions_filters_udp_udp_proxy_v3_route,
  file_envoy_extensions_filters_udp_udp_proxy_v3_udp_proxy,
  file_envoy_extensions_matching_input_matchers_runtime_fraction_v3_runtime_fraction,
  file_envoy_extensions_health_check_event_sinks_file_v3_file,
  file_envoy_extensions_http_early_header_mutation_header_mutation_v3_header_mutation,
  file_envoy_extensions_http_header_formatters_preserve_case_v3_preserve_case,
  file_envoy_extensions_http_injected_credentials_generic_v3_generic,
  file_envoy_extensions_http_original_ip_detection_custom_header_v3_custom_header,
  file_envoy_extensions_http_original_ip_detection_xff_v3_xff,
  file_envoy_extensions_http_stateful_session_cookie_v3_cookie,
  file_envoy_extensions_http_stateful_session_header_v3_header,
  file_envoy_extensions_internal_redirect_previous_routes_v3_previous_routes_config,
  file_envoy_extensions_load_balancing_policies_cluster_provided_v3_cluster_provided,
  file_envoy_extensions_load_balancing_policies_least_request_v3_least_request,
  file_envoy_extensions_load_balancing_policies_maglev_v3_maglev,
  file_envoy_extensions_load_balancing_policies_override_host_v3_override_host,
  file_envoy_extensions_load_balancing_policies_random_v3_random,
  file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash,
  file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin,
  file_envoy_extensions_load_balancing_policies_subset_v3_subset,
  file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality,
  file_envoy_extensions_matching_common_inputs_network_v3_network_inputs,
  file_envoy_extensions_matching_common_inputs_ssl_v3_ssl_inputs,
  file_envoy_extensions_matching_input_matchers_ip_v3_ip,
  file_envoy_extensions_path_match_uri_template_v3_uri_template_match,
  file_envoy_extensions_path_rewrite_uri_template_v3_uri_template_rewrite,
  file_envoy_extensions_rbac_principals_mtls_authenticated_v3_mtls_authenticated,
  file_envoy_extensions_request_id_uuid_v3_uuid,
  file_envoy_extensions_resource_monitors_downstream_connections_v3_downstream_connections,
  file_envoy_extensions_resource_monitors_fixed_heap_v3_fixed_heap,
  file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts,
  file_envoy_extensions_transport_sockets_proxy_protocol_v3_upstream_proxy_protocol,
  file_envoy_extensions_transport_sockets_raw_buffer_v3_raw_buffer,
  file_envoy_extensions_transport_sockets_tls_cert_mappers_sni_v3_config,
  file_envoy_extensions_transport_sockets_tls_cert_selectors_on_demand_secret_v3_config,
  file_envoy_extensions_transport_sockets_tls_v3_secret,
  file_envoy_extensions_transport_sockets_tls_v3_tls,
  file_envoy_extensions_upstreams_http_v3_http_protocol_options,
  file_envoy_service_discovery_v3_ads,
  file_envoy_type_matcher_v3_http_inputs,
  file_envoy_type_matcher_v3_status_code_input,
  file_xds_type_matcher_v3_cel,
  file_xds_type_matcher_v3_http_inputs,
  file_xds_type_matcher_v3_ip,
  file_xds_type_matcher_v3_domain,
] as const;

import type { JsonObject } from "../model/source-object.ts";

export type ControlPlane =
  /** On the same machine, trusted through the permissions of the socket. */
  | { readonly kind: "unix"; readonly path: string }
  /** Over the network, tried in turn; TLS on both sides, files read again when they change. */
  | {
      readonly kind: "tls";
      readonly servers: readonly { readonly host: string; readonly port: number }[];
      /** The DNS name that the control plane's certificate must carry. */
      readonly serverName: string;
      readonly trustedCaFile: string;
      readonly certificateFile: string;
      readonly privateKeyFile: string;
    }
  /**
   * Over the network: TLS against a trusted authority, and a token with every call. Both are Secrets in Envoy's form in files of their own, which
   * name what is read again when it changes: see `trustSecretFile` and `tokenSecretFile`.
   */
  | {
      readonly kind: "token";
      readonly servers: readonly { readonly host: string; readonly port: number }[];
      /** The DNS name that the control plane's certificate must carry. */
      readonly serverName: string;
      readonly trustSecretFile: string;
      readonly tokenSecretFile: string;
    };

const trustSecret = "weir-xds-trust";
const tokenSecret = "weir-xds-token";

/** The content of a file that gives an Envoy its trust in the control plane: `trustedCaFile` is read again whenever its directory changes. */
export function trustSecretFile(trustedCaFile: string): JsonObject {
  return secretFile({
    name: trustSecret,
    validation_context: { trusted_ca: watched(trustedCaFile), watched_directory: { path: folderOf(trustedCaFile) } },
  });
}

/**
 * The content of a file that gives an Envoy its token: `tokenFile` holds nothing else, and is read again whenever its directory changes, as it does
 * when a kubelet swaps the symbolic links of a projected volume.
 */
export function tokenSecretFile(tokenFile: string): JsonObject {
  return secretFile({ name: tokenSecret, generic_secret: { secret: watched(tokenFile) } });
}

/** Name of the cluster through which Envoy reaches the control plane. */
export const controlPlaneCluster = "weir-control-plane";

type NetworkControlPlane = Exclude<ControlPlane, { readonly kind: "unix" }>;

/** HTTP/2 with keep-alive, and the proof of who the proxy is. */
export function xdsCluster(controlPlane: ControlPlane): JsonObject {
  if (controlPlane.kind === "unix") {
    return {
      ...staticCluster(controlPlaneCluster, { pipe: { path: controlPlane.path } }),
      ...http2Options({ interval: "30s", timeout: "5s" }),
    };
  }
  return {
    name: controlPlaneCluster,
    type: "STRICT_DNS",
    dns_refresh_rate: "3s",
    // With what is below: a proxy whose replica falls silent is with another one within ten seconds, also where the second that it tries is silent, too.
    connect_timeout: "1s",
    load_assignment: loadAssignment(
      controlPlaneCluster,
      controlPlane.servers.map(({ host, port }) => ({ socket_address: { address: host, port_value: port } })),
    ),
    // A server that does not answer is left out for a while, so that the next attempt reaches another.
    outlier_detection: { consecutive_5xx: 2, interval: "2s", base_ejection_time: "10s", max_ejection_percent: 100 },
    // When all are left out, as with one address that stands for all, each is as good as another.
    common_lb_config: { healthy_panic_threshold: { value: 1 } },
    upstream_connection_options: { tcp_keepalive: { keepalive_time: 60 } },
    // A peer that was cut off never says so. A busy control plane must have time to answer.
    ...http2Options(
      { interval: "2s", timeout: "4s" },
      controlPlane.kind === "token" ? controlPlane.tokenSecretFile : undefined,
    ),
    transport_socket: {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni: controlPlane.serverName,
        common_tls_context: {
          // Envoy as a client goes no further than TLS 1.2 unless it is told to.
          tls_params: { tls_minimum_protocol_version: "TLSv1_3", tls_maximum_protocol_version: "TLSv1_3" },
          alpn_protocols: ["h2"],
          ...certificates(controlPlane),
        },
      },
    },
  };
}

function certificates(controlPlane: NetworkControlPlane): JsonObject {
  const names = {
    match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: controlPlane.serverName } }],
  };
  if (controlPlane.kind === "token") {
    return {
      combined_validation_context: {
        default_validation_context: names,
        validation_context_sds_secret_config: secretConfig(trustSecret, controlPlane.trustSecretFile),
      },
    };
  }
  return {
    tls_certificates: [
      {
        certificate_chain: { filename: controlPlane.certificateFile },
        private_key: { filename: controlPlane.privateKeyFile },
        watched_directory: { path: folderOf(controlPlane.certificateFile) },
      },
    ],
    validation_context: {
      trusted_ca: { filename: controlPlane.trustedCaFile },
      watched_directory: { path: folderOf(controlPlane.trustedCaFile) },
      ...names,
    },
  };
}

function http2Options(keepalive: JsonObject, tokenSecretFile?: string): JsonObject {
  return {
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: {
          http2_protocol_options: {
            // A response with the whole configuration can be 10 MB; smaller windows would cost round trips.
            initial_stream_window_size: 16_777_216,
            initial_connection_window_size: 25_165_824,
            connection_keepalive: keepalive,
          },
        },
        ...(tokenSecretFile === undefined ? {} : { http_filters: tokenFilters(tokenSecretFile) }),
      },
    },
  };
}

/** Puts `authorization: Bearer <token>` on each call to the control plane; a call without a token is not made. */
function tokenFilters(tokenSecretFile: string): readonly JsonObject[] {
  return [
    {
      name: "envoy.filters.http.credential_injector",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
        overwrite: true,
        credential: {
          name: "envoy.http.injected_credentials.generic",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
            credential: secretConfig(tokenSecret, tokenSecretFile),
            header: "authorization",
            header_value_prefix: "Bearer ",
          },
        },
      },
    },
    {
      name: "envoy.filters.http.upstream_codec",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
      },
    },
  ];
}

function secretConfig(name: string, path: string): JsonObject {
  return { name, sds_config: { path_config_source: { path }, resource_api_version: "V3" } };
}

function secretFile(secret: JsonObject): JsonObject {
  return {
    resources: [{ "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", ...secret }],
  };
}

function watched(filename: string): JsonObject {
  return { filename, watched_directory: { path: folderOf(filename) } };
}

function folderOf(file: string): string {
  const end = file.lastIndexOf("/");
  return end === -1 ? "." : end === 0 ? "/" : file.slice(0, end);
}

export function staticCluster(name: string, address: JsonObject): JsonObject {
  return { name, type: "STATIC", connect_timeout: "1s", load_assignment: loadAssignment(name, [address]) };
}

function loadAssignment(cluster: string, addresses: readonly JsonObject[]): JsonObject {
  return {
    cluster_name: cluster,
    endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
  };
}

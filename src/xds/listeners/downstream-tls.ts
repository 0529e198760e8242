import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { TransportSocketSchema } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import { TlsParameters_TlsProtocol } from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.ts";
import { DownstreamTlsContextSchema } from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts";
import type { ListenerTls } from "../../model/gateway.ts";
import { aggregatedDiscovery } from "../config-source.ts";

/**
 * TLS towards clients. Certificates are named, not contained: a renewed one changes no listener. Ciphers and curves are Envoy's, sessions may be resumed.
 * @param certificates those of the listener's certificates that exist; of several, the proxy shows the one that fits the server name and the client.
 */
export function downstreamTls(
  tls: ListenerTls,
  certificates: readonly string[],
): MessageInitShape<typeof TransportSocketSchema> {
  const config = packAny(DownstreamTlsContextSchema, {
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion:
          tls.minimumVersion === "1.3" ? TlsParameters_TlsProtocol.TLSv1_3 : TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => ({ name, sdsConfig: aggregatedDiscovery })),
      alpnProtocols: [...tls.alpn],
    },
  });
  return { name: "envoy.transport_sockets.tls", configType: { case: "typedConfig", value: config } };
}

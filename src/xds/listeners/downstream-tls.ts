import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { TransportSocketSchema } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import {
  CertificateValidationContext_TrustChainVerification,
  TlsParameters_TlsProtocol,
} from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.ts";
import {
  type CommonTlsContextSchema,
  DownstreamTlsContextSchema,
} from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts";
import type { ClientValidation, ListenerTls } from "../../model/gateway.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import type { Init } from "../message-init.ts";

/**
 * TLS towards clients. Certificates are named, not contained: a renewed one changes no listener. Ciphers and curves are Envoy's, sessions may be resumed.
 * @param certificates those of the listener's certificates that exist; of several, the proxy shows the one that fits the server name and the client.
 */
export function downstreamTls(
  tls: ListenerTls,
  certificates: readonly string[],
): MessageInitShape<typeof TransportSocketSchema> {
  const config = packAny(DownstreamTlsContextSchema, {
    ...(tls.clientValidation?.mode === "required" ? { requireClientCertificate: true } : {}),
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion:
          tls.minimumVersion === "1.3" ? TlsParameters_TlsProtocol.TLSv1_3 : TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => ({ name, sdsConfig: aggregatedDiscovery })),
      alpnProtocols: [...tls.alpn],
      ...clientValidation(tls.clientValidation),
    },
  });
  return { name: "envoy.transport_sockets.tls", configType: { case: "typedConfig", value: config } };
}

/** Who may connect. Authorities are named like certificates; where every client may, its certificate is asked for and looked at all the same. */
function clientValidation(validation: ClientValidation | undefined): Init<typeof CommonTlsContextSchema> {
  if (validation === undefined) return {};
  const { ACCEPT_UNTRUSTED, VERIFY_TRUST_CHAIN } = CertificateValidationContext_TrustChainVerification;
  const trustChainVerification = validation.mode === "optional" ? ACCEPT_UNTRUSTED : VERIFY_TRUST_CHAIN;
  return {
    validationContextType: {
      case: "combinedValidationContext",
      value: {
        defaultValidationContext: { trustChainVerification },
        validationContextSdsSecretConfig: { name: validation.bundle, sdsConfig: aggregatedDiscovery },
      },
    },
  };
}

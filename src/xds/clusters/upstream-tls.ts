import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { TransportSocketSchema } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import {
  type CertificateValidationContextSchema,
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
} from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.ts";
import {
  type CommonTlsContextSchema,
  UpstreamTlsContextSchema,
} from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts";
import type { Backend, BackendTls } from "../../model/backend.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import type { Init } from "../message-init.ts";

/** TLS towards a backend. The peer is always verified: its chain, and its name or the names that are given in its place. */
export function upstreamTls(
  tls: BackendTls,
  protocol: Backend["protocol"],
  systemRoots: string,
): MessageInitShape<typeof TransportSocketSchema> {
  const context: MessageInitShape<typeof UpstreamTlsContextSchema> = {
    sni: tls.serverName,
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2 },
      alpnProtocols: protocol === "tls-h2" ? ["h2", "http/1.1"] : ["http/1.1"],
      tlsCertificateSdsSecretConfigs:
        tls.clientCertificate === undefined ? [] : [{ name: tls.clientCertificate, sdsConfig: aggregatedDiscovery }],
      validationContextType: validationContext(tls, systemRoots),
    },
  };
  return {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: packAny(UpstreamTlsContextSchema, context) },
  };
}

/** Authorities of a bundle are named, not contained: others change no cluster. What the peer must be called stays with the cluster. */
function validationContext(
  tls: BackendTls,
  systemRoots: string,
): NonNullable<MessageInitShape<typeof CommonTlsContextSchema>["validationContextType"]> {
  const { trust } = tls;
  switch (trust.kind) {
    case "bundle":
      return {
        case: "combinedValidationContext",
        value: {
          defaultValidationContext: names(tls),
          validationContextSdsSecretConfig: { name: trust.bundle, sdsConfig: aggregatedDiscovery },
        },
      };
    case "system":
      return {
        case: "validationContext",
        value: { trustedCa: { specifier: { case: "filename", value: systemRoots } }, ...names(tls) },
      };
    case "pem":
      return {
        case: "validationContext",
        value: { trustedCa: { specifier: { case: "inlineString", value: trust.certificates } }, ...names(tls) },
      };
  }
}

function names(tls: BackendTls): Init<typeof CertificateValidationContextSchema> {
  const accepted =
    tls.subjectAltNames.length > 0 ? tls.subjectAltNames : [{ kind: "dns" as const, value: tls.serverName }];
  return {
    matchTypedSubjectAltNames: accepted.map(({ kind, value }) => ({
      sanType: kind === "dns" ? SubjectAltNameMatcher_SanType.DNS : SubjectAltNameMatcher_SanType.URI,
      matcher: { matchPattern: { case: "exact", value } },
    })),
  };
}

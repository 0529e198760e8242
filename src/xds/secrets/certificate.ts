import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { SecretSchema } from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts";
import type { TlsCertificate } from "../../model/gateway.ts";
import type { EncodedResource } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";

/** A certificate with its key. These bytes are secret: they go to proxies that were told of the certificate, and nowhere else. */
export function encodeCertificate({ key, certificateChain, privateKey }: TlsCertificate): EncodedResource {
  const bytes = encode(
    SecretSchema,
    create(SecretSchema, {
      name: key,
      type: {
        case: "tlsCertificate",
        value: {
          certificateChain: { specifier: { case: "inlineString", value: certificateChain } },
          privateKey: { specifier: { case: "inlineString", value: privateKey.reveal() } },
        },
      },
    }),
  );
  return wholeResource("secret", key, bytes);
}

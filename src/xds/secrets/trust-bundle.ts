import { create } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { SecretSchema } from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import type { EncodedResource } from "../resource.ts";
import { wholeResource } from "../whole-resource.ts";

/** The authorities that one side of a connection is verified by, as a validation context; what it must be called stands where it is used. */
export function encodeTrustBundle({ key, certificates }: TrustBundle): EncodedResource {
  const trustedCa = { specifier: { case: "inlineString" as const, value: certificates } };
  const bytes = encode(
    SecretSchema,
    create(SecretSchema, { name: key, type: { case: "validationContext", value: { trustedCa } } }),
  );
  return wholeResource("secret", key, bytes);
}

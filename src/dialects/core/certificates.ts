import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { SecretText, type TlsCertificate } from "../../model/gateway.ts";
import { textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import { origin } from "../origin.ts";

export type CertificateReading =
  | { readonly kind: "usable"; readonly certificate: TlsCertificate }
  /** `reason` ends a sentence that begins with the Secret's name; it never contains secret values. */
  | { readonly kind: "broken"; readonly reason: string; readonly field: string };

/** The curves and key sizes that Envoy's TLS library takes. */
const curves = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const smallestRsaBits = 2048;

/** Reads `tls.crt` and `tls.key` of a Secret: both must parse, belong together and be of a kind that Envoy can serve. */
export function readCertificate(object: SourceObject): CertificateReading {
  const chainText = decoded(object, "tls.crt");
  const keyText = decoded(object, "tls.key");
  if (chainText === undefined) return broken("has no tls.crt", "tls.crt");
  if (keyText === undefined) return broken("has no tls.key", "tls.key");
  const blocks = chainText.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const chain = blocks.map(parseCertificate);
  const leaf = chain[0];
  if (leaf === undefined || chain.includes(undefined))
    return broken("holds no readable PEM certificate in tls.crt", "tls.crt");
  const key = parseKey(keyText);
  if (key === undefined) return broken("holds no readable, unencrypted PEM key in tls.key", "tls.key");
  const unsupported = unsupportedKey(key);
  if (unsupported !== undefined) return broken(unsupported, "tls.key");
  if (!leaf.checkPrivateKey(key)) return broken("holds a key that does not belong to its certificate", "tls.key");
  const privateKey = key.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    kind: "usable",
    certificate: {
      key: `${object.namespace}/${object.name}`,
      certificateChain: `${blocks.join("\n")}\n`,
      privateKey: new SecretText(privateKey, createHash("sha256").update(privateKey).digest("hex")),
      notAfter: new Date(leaf.validTo).toISOString(),
      origin: origin(object),
    },
  };
}

/**
 * What to tell about a Secret. Only those that claim to hold a certificate are worth a diagnostic of their own; others are named where they are
 * referred to.
 */
export function diagnoseCertificate(
  object: SourceObject,
  reading: CertificateReading,
  now: Date,
): readonly Diagnostic[] {
  if (textAt(object.body, "type") !== "kubernetes.io/tls") return [];
  const name = `Secret ${object.namespace}/${object.name}`;
  if (reading.kind === "broken") {
    const hint =
      "tls.crt holds the certificate chain and tls.key its unencrypted private key, both in PEM, base64-encoded under data.";
    return [diagnose("WR0204", origin(object, "data", reading.field), `${name} ${reading.reason}.`, hint)];
  }
  const { notAfter } = reading.certificate;
  if (notAfter === undefined || new Date(notAfter) > now) return [];
  const message = `The certificate in ${name} expired on ${notAfter}.`;
  return [
    diagnose("WR0211", origin(object, "data", "tls.crt"), message, "Renew it: clients refuse expired certificates."),
  ];
}

function broken(reason: string, field: string): CertificateReading {
  return { kind: "broken", reason, field };
}

function decoded(object: SourceObject, name: string): string | undefined {
  const text = textAt(object.body, "data", name);
  if (text === undefined || text === "") return textAt(object.body, "stringData", name);
  return Buffer.from(text, "base64").toString("utf8");
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    return undefined;
  }
}

function unsupportedKey(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === "rsa") {
    const bits = details?.modulusLength ?? 0;
    return bits >= smallestRsaBits
      ? undefined
      : `holds an RSA key of ${bits} bits; Envoy takes ${smallestRsaBits} and more`;
  }
  if (key.asymmetricKeyType === "ec") {
    const curve = details?.namedCurve ?? "unknown";
    return curves.has(curve) ? undefined : `holds a key on the curve ${curve}; Envoy takes P-256, P-384 and P-521`;
  }
  return `holds a key of type ${key.asymmetricKeyType ?? "unknown"}; Envoy takes RSA and ECDSA`;
}

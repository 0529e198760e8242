// The certificate library looks for this when it is loaded.
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface TestCredentials {
  readonly certificate: string;
  readonly key: string;
}

/** An authority with one server certificate for "localhost" and one client certificate of the subject "proxy", for an hour. */
export async function testAuthority(): Promise<{
  readonly certificate: string;
  readonly server: TestCredentials;
  readonly client: TestCredentials;
}> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 3_600_000);
  const generate = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const keys = await generate();
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=test authority",
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const issue = async (serialNumber: string, commonName: string): Promise<TestCredentials> => {
    const own = await generate();
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      subject: `CN=${commonName}`,
      issuer: new X509Certificate(root.rawData).subject,
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
    });
    const key = KeyObject.from(own.privateKey).export({ type: "pkcs8", format: "pem" });
    return { certificate: certificate.toString("pem"), key: String(key) };
  };
  return {
    certificate: root.toString("pem"),
    server: await issue("02", "server"),
    client: await issue("03", "proxy"),
  };
}

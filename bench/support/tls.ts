import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOMAIN, type KubernetesObject } from "./objects.ts";

/** A Secret with a certificate for all hosts of the benchmark. */
export async function tlsSecret(name: string, namespace: string): Promise<KubernetesObject> {
  const { ensureDevelopmentCa } = await import("../../src/identity/development-ca.ts");
  const { issueServerCertificate } = await import("../../src/identity/server-certificate.ts");
  const folder = await mkdtemp(join(tmpdir(), "weir-bench-ca-"));
  const now = new Date();
  try {
    const issued = await issueServerCertificate(await ensureDevelopmentCa(folder, now), [`*.${DOMAIN}`], now);
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": issued.certificate, "tls.key": issued.privateKey.reveal() },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

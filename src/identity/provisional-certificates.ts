import { groupOf, type SourceObject } from "../model/source-object.ts";
import type { SourceBatch } from "../sources/source.ts";
import { secretKey, secretObject } from "./certificate-secret.ts";
import { wantedCertificates } from "./wanted-certificates.ts";

const hourMs = 3_600_000;

/**
 * Secrets for what these objects ask of the development authority and do not have, with certificates nobody will trust: for looking at
 * files without touching the authority itself. Undefined where nothing is asked for.
 */
export async function provisionalCertificates(
  objects: readonly SourceObject[],
  now: Date,
): Promise<SourceBatch | undefined> {
  const ofKind = (group: string, kind: string): readonly SourceObject[] =>
    objects.filter((object) => object.kind === kind && groupOf(object.apiVersion) === group);
  const present = new Set(ofKind("", "Secret").map(({ namespace, name }) => `${namespace}/${name}`));
  const wanted = wantedCertificates(
    ofKind("networking.k8s.io", "Ingress"),
    ofKind("gateway.networking.k8s.io", "Gateway"),
  );
  const missing = [...wanted].filter(([secret]) => !present.has(secret));
  if (missing.length === 0) return undefined;
  const { createAuthority, issueCertificate } = await import("./certificates.ts");
  const validity = { from: now, until: new Date(now.getTime() + hourMs) };
  const authority = await createAuthority("Weir provisional CA", validity);
  const changes = await Promise.all(
    missing.map(async ([secret, names]) => ({
      key: secretKey(secret),
      object: secretObject(secret, await issueCertificate(authority, names, validity), "base"),
    })),
  );
  return { changes, diagnostics: new Map() };
}

/** A minor release of Envoy 1.x for which Weir encodes. */
export type EnvoyRelease = 38 | 39 | 40;

export const oldestEnvoyRelease = 38;
const newestEnvoyRelease = 40;

/**
 * What may be sent to proxies that run `image`: the release in its tag (`envoyproxy/envoy:distroless-v1.40.0`), so that a mirrored image counts as the
 * original, and the oldest where the tag names none.
 *
 * Not the version that a proxy tells when it connects: a resource is encoded once for all proxies of a Gateway, while pods of two releases run
 * during a roll-out. An image that is older than its tag does no harm: Envoy ignores fields it does not know in what it is sent, and counts them
 * (`server.dynamic_unknown_fields`).
 */
export function releaseOfImage(image: string): EnvoyRelease {
  const minor = /:(?:[a-z]+-)*v?1\.(\d+)\b[^/]*$/.exec(image)?.[1];
  if (minor === undefined) return oldestEnvoyRelease;
  const release = Number(minor);
  if (release >= newestEnvoyRelease) return newestEnvoyRelease;
  return release === 39 ? 39 : oldestEnvoyRelease;
}

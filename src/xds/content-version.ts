import { hash } from "node:crypto";

/** 144 bits of SHA-256, in 24 characters: short enough to travel with every resource, long enough never to collide. */
const LENGTH = 24;

/** The version of a resource: the same for the same content, whichever process made it. */
export function contentVersion(content: Uint8Array | string): string {
  return hash("sha256", content, "base64url").slice(0, LENGTH);
}

/**
 * The version of something made of parts that have versions: no part is read again. The order of the parts counts.
 * @param own what the whole adds to its parts.
 */
export function combinedVersion(own: string, parts: readonly string[]): string {
  return contentVersion(`${own}\n${parts.join("")}`);
}

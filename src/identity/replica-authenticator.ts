import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http2";
import { decodeJwt } from "jose";
import type { AuthenticationRefusal } from "../serve/authentication.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import { forbidden, type PodClaims, podClaims, podOfToken, type TokenPod, verifyPodToken } from "./pod-token.ts";
import { replicaTokenAudience } from "./replica-token-volume.ts";

export interface ReplicaAuthenticatorOptions {
  readonly keys: Pick<ClusterKeys, "current" | "newerThan">;
  /** Whose pod this process runs in: replicas run under the same service account in the same namespace. */
  readonly own: Pick<PodClaims, "namespace" | "serviceAccount">;
  /** The pod of that name among those of the installation in Weir's own watch. */
  readonly pod: (name: string) => TokenPod | undefined;
  /** The time of day. */
  readonly now: () => Date;
}

/** Says which replica calls, by the name of its pod. */
export type ReplicaAuthenticator = (
  headers: IncomingHttpHeaders,
) => Promise<{ readonly kind: "accepted"; readonly replica: string } | AuthenticationRefusal>;

/** Recognises other replicas of the same installation by the projected service-account tokens of their pods. */
export function replicaAuthenticator({ keys, own, pod, now }: ReplicaAuthenticatorOptions): ReplicaAuthenticator {
  return async (headers) => {
    const verified = await verifyPodToken(headers, { keys, now, audience: replicaTokenAudience });
    if (verified.kind === "refused") return verified;
    const { namespace, serviceAccount, podName } = verified.claims;
    if (namespace !== own.namespace || serviceAccount !== own.serviceAccount) {
      return forbidden(`service account ${namespace}/${serviceAccount} is not that of replicas`);
    }
    const found = podOfToken(verified.claims, pod(podName));
    return found.kind === "refused" ? found : { kind: "accepted", replica: podName };
  };
}

/** What a replica shows to the others, read anew for each call. */
export interface ReplicaToken {
  read(): Promise<string>;
  /** Whose token it is. */
  readonly claims: PodClaims;
}

/**
 * The token of the pod that this process runs in; undefined where there is none, as outside of a cluster. Rejects where the file holds something
 * else or cannot be read.
 */
export async function openReplicaToken(file: string): Promise<ReplicaToken | undefined> {
  const read = async (): Promise<string> => (await readFile(file, "utf8")).trim();
  let first: string;
  try {
    first = await read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  // Its own token needs no check: whoever can write the file could as well replace the program.
  const claims = podClaims(decoded(first));
  if (typeof claims === "string") throw new Error(`${file}: ${claims}`);
  return { read, claims };
}

function decoded(token: string): ReturnType<typeof decodeJwt> {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

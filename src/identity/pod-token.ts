import type { IncomingHttpHeaders } from "node:http2";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { textAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";
import type { AuthenticationRefusal } from "../serve/authentication.ts";
import type { ClusterKeySet, ClusterKeys } from "./cluster-keys.ts";

/** Who a projected service-account token was made for. */
export interface PodClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly podName: string;
  readonly podUid: string;
}

export interface PodTokenOptions {
  readonly keys: Pick<ClusterKeys, "current" | "newerThan">;
  /** What the token must have been made for. */
  readonly audience: string;
  /** The time of day. */
  readonly now: () => Date;
}

/** What is looked at of a pod that shows a token. */
export interface TokenPod {
  readonly uid: string;
  readonly serviceAccountName: string;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
}

type Verification = { readonly kind: "verified"; readonly claims: PodClaims } | AuthenticationRefusal;

/** The ones the API server signs with (kube-apiserver, --service-account-signing-key-file). */
const algorithms = ["RS256", "ES256", "ES384", "ES512"];

const clockToleranceSeconds = 10;

/** A token has about 1 KB; more than this is not looked at. */
const longestToken = 16_384;

/**
 * Checks the service-account token that came with a call, in this process, so that it works while the API server is away: the signature with the
 * cluster's keys, issuer, audience and expiry. Messages never hold any part of a token.
 */
export async function verifyPodToken(headers: IncomingHttpHeaders, options: PodTokenOptions): Promise<Verification> {
  const token = bearerToken(headers);
  if (token === undefined) return unauthenticated("no service-account token came with the call");
  const known = await options.keys.current();
  if (known === undefined) {
    return unauthenticated("the keys of the cluster's token issuer could not be fetched yet; try again");
  }
  const first = await verifyWith(known, token, options);
  if (first !== "unknown key") return first;
  const newer = await options.keys.newerThan(known);
  const second = newer === known ? first : await verifyWith(newer, token, options);
  return second === "unknown key"
    ? unauthenticated("the token is signed with a key that the cluster does not name")
    : second;
}

/**
 * The pod that a token was made for.
 * @param pod the one of that name in Weir's own watch, undefined where there is none.
 */
export function podOfToken<Pod extends TokenPod>(
  claims: PodClaims,
  pod: Pod | undefined,
): { readonly kind: "found"; readonly pod: Pod } | AuthenticationRefusal {
  const shown = `pod ${claims.namespace}/${claims.podName}`;
  // A pod may be faster than Weir's watch: it comes again.
  if (pod === undefined) return unauthenticated(`${shown} is not known here (yet)`);
  if (pod.uid !== claims.podUid) return unauthenticated(`${shown} is another one than the token was made for`);
  if (pod.serviceAccountName !== claims.serviceAccount) {
    return unauthenticated(`${shown} does not run under service account ${claims.serviceAccount}`);
  }
  if (pod.phase === "Succeeded" || pod.phase === "Failed") return forbidden(`${shown} has ended`);
  return { kind: "found", pod };
}

export function unauthenticated(message: string): AuthenticationRefusal {
  return { kind: "refused", code: "unauthenticated", message };
}

export function forbidden(message: string): AuthenticationRefusal {
  return { kind: "refused", code: "permissionDenied", message };
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). */
function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  const found = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(headers.authorization ?? "");
  return found?.[1] !== undefined && found[1].length <= longestToken ? found[1] : undefined;
}

async function verifyWith(
  { issuer, keyOf }: ClusterKeySet,
  token: string,
  { audience, now }: PodTokenOptions,
): Promise<Verification | "unknown key"> {
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      currentDate: now(),
      requiredClaims: ["exp", "sub"],
    });
    const claims = podClaims(payload);
    return typeof claims === "string" ? unauthenticated(claims) : { kind: "verified", claims };
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return "unknown key";
    return unauthenticated(reason(error, audience, issuer));
  }
}

/** Our own words: the library's could quote the token. */
function reason(error: unknown, audience: string, issuer: string): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return `the token is not meant for ${audience}`;
    if (error.claim === "iss") return `the token was not issued by ${issuer}`;
    if (error.claim === "nbf") return "the token is not valid yet";
    return "the token lacks a claim or has one that does not count here";
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is wrong";
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token is signed in a way that does not count here";
  return "the credential is not a service-account token";
}

/**
 * The private claims of a token that is bound to a pod (Kubernetes, "Managing Service Accounts", bound service account tokens), or what is wrong
 * with them.
 */
export function podClaims(payload: JWTPayload): PodClaims | string {
  const own = asJson(payload["kubernetes.io"]);
  const namespace = textAt(own, "namespace") ?? "";
  const serviceAccount = textAt(own, "serviceaccount", "name") ?? "";
  const podName = textAt(own, "pod", "name") ?? "";
  const podUid = textAt(own, "pod", "uid") ?? "";
  const serviceAccountUid = textAt(own, "serviceaccount", "uid") ?? "";
  if (podName === "" || podUid === "") return "the token is not bound to a pod";
  const isWhole = namespace !== "" && serviceAccount !== "" && serviceAccountUid !== "";
  if (!isWhole || payload.sub !== `system:serviceaccount:${namespace}:${serviceAccount}`) {
    return "the token does not name one service account";
  }
  return { namespace, serviceAccount, podName, podUid };
}

function asJson(value: unknown): Json | undefined {
  // A payload is parsed JSON, which the library types as unknown.
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

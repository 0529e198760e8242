import type { ValueMatch } from "./match.ts";
import type { Provenance } from "./provenance.ts";

/** What happens to a request between its match and its end, in the order of the rule's list. Each step tells where it comes from. */
export type Step = RequestHeaders | ResponseHeaders | Mirror | Cors | AuthorizeStep | JwtStep | DenyStep;

export interface HeaderEdits {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  readonly remove: readonly string[];
}

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export interface RequestHeaders extends HeaderEdits {
  readonly kind: "request-headers";
  readonly origin: Provenance;
}

export interface ResponseHeaders extends HeaderEdits {
  readonly kind: "response-headers";
  readonly origin: Provenance;
}

export interface Mirror {
  readonly kind: "mirror";
  readonly backend: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly origin: Provenance;
}

export interface Cors {
  readonly kind: "cors";
  /** Origins as written: exact, with `*` wildcards in the host, or "*". */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds?: number;
  readonly origin: Provenance;
}

/** Who may pass, by client address and request properties. Denials answer 403. */
export interface AuthorizeStep {
  readonly kind: "authorize";
  /** Distinguishes several authorize steps on one route; stable across edits of the policy's content. */
  readonly instance: string;
  /** First the denials: any that matches ends the request. Then, if there are allowances, one of them must match. */
  readonly deny: readonly AccessRule[];
  readonly allow: readonly AccessRule[];
  readonly origin: Provenance;
}

/** All present conditions must hold; within one, any value suffices. */
export interface AccessRule {
  readonly name: string;
  readonly clientAddresses?: readonly string[];
  readonly methods?: readonly string[];
  /** Element-wise. */
  readonly pathPrefixes?: readonly string[];
  /** Each must be there with a fitting value. */
  readonly headers?: readonly { readonly name: string; readonly value: ValueMatch }[];
  /** Claims of a token that a JWT step before this one has verified. */
  readonly jwtClaims?: readonly {
    readonly provider: string;
    /** The way to the claim; dots lead into objects. */
    readonly claim: string;
    /** The claim equals one of these, or is a list that holds one. */
    readonly values: readonly string[];
  }[];
  readonly origin: Provenance;
}

/** A verified token is required (or only verified if present). Failures answer 401. */
export interface JwtStep {
  readonly kind: "jwt";
  readonly instance: string;
  readonly providers: readonly JwtProvider[];
  readonly allowMissing: boolean;
  readonly origin: Provenance;
}

export interface JwtProvider {
  readonly name: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly keys:
    | { readonly kind: "inline"; readonly jwks: string }
    | { readonly kind: "remote"; readonly url: string; readonly backend: string; readonly cacheSeconds: number };
  readonly fromHeaders: readonly { readonly name: string; readonly prefix: string }[];
  readonly fromQueryParameters: readonly string[];
  readonly claimsToHeaders: readonly { readonly claim: string; readonly header: string }[];
  readonly forward: boolean;
  readonly origin: Provenance;
}

/** Stands where a security step could not be built: the rule answers this status and nothing passes. */
export interface DenyStep {
  readonly kind: "deny";
  readonly status: 500 | 503;
  readonly reason: string;
  readonly origin: Provenance;
}

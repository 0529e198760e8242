import type { Match } from "./match.ts";
import type { Provenance } from "./provenance.ts";
import type { Step } from "./step.ts";

/**
 * One row of the routing table, attached to one or more listeners. It has a place in the order, a list of steps that the request goes through, and an end.
 */
export interface Rule {
  /** `<kind>/<namespace>/<name>/<rule name or index>/<match index>`, lower-case kind: the route name that Envoy carries. */
  readonly key: string;
  /** Which dialect's block the rule belongs to; the name of its folder. */
  readonly dialect: string;
  /** The listeners it is attached to, each with the hosts it serves there (already intersected with the listener's host). */
  readonly attachments: readonly Attachment[];
  readonly match: Match;
  readonly order: Order;
  /**
   * Whether requests that a more specific host's rules do not match may reach this rule (Gateway API: yes, Ingress: no).
   */
  readonly fallThrough: boolean;
  readonly steps: readonly Step[];
  readonly end: RuleEnd;
  /** Undefined: no limit is set by the user; compile then sets none (Envoy's implicit 15 s is always replaced). */
  readonly timeouts: { readonly requestMs?: number; readonly backendRequestMs?: number; readonly idleMs?: number };
  readonly retry?: Retry;
  readonly affinity?: Affinity;
  /** The targets that policies may name to reach this rule. */
  readonly policyTargets: PolicyTargets;
  readonly origin: Provenance;
}

export interface Attachment {
  readonly listener: string;
  /** "*", "*.example.com" or "www.example.com"; never empty. */
  readonly hosts: readonly string[];
}

/**
 * Rules of one host are compared by `rank` (blocks), then element by element by `specificity`, smaller first.
 * Ingress and Gateway API share rank 0 and one recipe for the tuple (`specificityOrder` in model/order.ts).
 */
export interface Order {
  readonly rank: number;
  readonly specificity: readonly (number | string)[];
}

export type RuleEnd = Forward | Redirect | Respond;

export interface Forward {
  readonly kind: "forward";
  /** At least one; weights are relative, all zero means 500 (Gateway API) through `noBackendStatus`. */
  readonly backends: readonly WeightedBackend[];
  /** Upgrades the route allows. */
  readonly upgrades: readonly "websocket"[];
  readonly hostRewrite?: HostRewrite;
  readonly pathRewrite?: PathRewrite;
}

export interface WeightedBackend {
  readonly weight: number;
  /** The key of a `Backend`, or the status that requests get instead where the reference cannot be used. */
  readonly target:
    | { readonly kind: "backend"; readonly backend: string }
    | { readonly kind: "respond"; readonly status: number };
  /** Header edits that only requests to this backend get. */
  readonly steps: readonly Step[];
  readonly origin: Provenance;
}

export type HostRewrite = { readonly kind: "literal"; readonly value: string } | { readonly kind: "backend-host" };

export type PathRewrite =
  | { readonly kind: "full"; readonly value: string }
  /** Replaces the matched prefix, keeping exactly one slash between the parts (Gateway API ReplacePrefixMatch). */
  | { readonly kind: "prefix"; readonly value: string }
  | { readonly kind: "regex"; readonly pattern: string; readonly substitution: string };

export interface Redirect {
  readonly kind: "redirect";
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly scheme?: "http" | "https";
  readonly host?: string;
  /** Undefined: the port that fits the scheme if the scheme is set, else the port the client used. */
  readonly port?: number;
  readonly path?: PathRewrite;
}

export interface Respond {
  readonly kind: "respond";
  readonly status: number;
  readonly body?: string;
}

export interface Retry {
  /** Retries after the first attempt. */
  readonly attempts: number;
  readonly backoffMs?: number;
  readonly statusCodes: readonly number[];
  readonly onConnectFailure: boolean;
  readonly onReset: boolean;
  readonly perTryTimeoutMs?: number;
}

export type Affinity =
  | { readonly kind: "cookie"; readonly name: string; readonly path?: string; readonly ttlSeconds?: number }
  | { readonly kind: "header"; readonly name: string };

/** `gateway` and `listener` are known from the attachments; these name the object and, where it has names, the rule inside it. */
export interface PolicyTargets {
  /** `objectKey` of the route object. */
  readonly object: string;
  readonly rule?: string;
}

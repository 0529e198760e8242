import type { PathMatch } from "../model/match.ts";
import type { Provenance } from "../model/provenance.ts";
import type { HeaderValue, Step } from "../model/step.ts";

/** A request as a client would send it. */
export interface ExplainRequest {
  /** The class of proxies that is asked; where undefined, all classes are searched. */
  readonly proxyClass?: string;
  readonly method: string;
  /** Absolute: scheme, host, port and path decide which listener is asked. */
  readonly url: string;
  readonly headers: readonly HeaderValue[];
  /** The address that the connection comes from. */
  readonly clientAddress: string;
  /** The TLS server name; the URL's host where undefined. */
  readonly serverName?: string;
  /** Asks this port in place of the URL's. */
  readonly port?: number;
}

/** What happens to a request, and why: the JSON form of `weir explain`. */
export interface Explanation {
  readonly request: {
    readonly method: string;
    readonly url: string;
    /** tls, tcp and udp: a connection or datagram that is asked about as such. */
    readonly scheme: "http" | "https" | "tls" | "tcp" | "udp";
    readonly authority: string;
    readonly port: number;
    readonly serverName?: string;
  };
  /** Undefined where the request does not even reach a connection manager; `outcomes` says why. */
  readonly entry?: Entry;
  readonly host?: HostChoice;
  /** Rules of the host that do not serve the request, in their order; those before the winner first. */
  readonly passedOver: readonly PassedOver[];
  /** How many more rules did not match than are listed. */
  readonly furtherMisses: number;
  /** What happens; several only where chance decides which rule matches. The shares add up to 1. */
  readonly outcomes: readonly Outcome[];
  /** Remarks on how the request was read. */
  readonly notes: readonly string[];
}

export interface Entry {
  readonly proxyClass: string;
  /** The Envoy listener. */
  readonly port: string;
  readonly chain: string;
  readonly certificates: readonly string[];
  /** The certificate that clients are asked for; undefined where they are not. */
  readonly clientCertificate?: ClientCertificateDemand;
  /** Keys of the listeners that the chain serves. */
  readonly listeners: readonly string[];
  readonly clientAddress: { readonly address: string; readonly because: string };
  /** The path as the proxy sees it after normalisation, without query. */
  readonly path: string;
  readonly query: string;
  /** What normalisation changed, in order; empty where it changed nothing. */
  readonly pathChanges: readonly PathChange[];
}

export interface ClientCertificateDemand {
  /** "required": a connection without a valid one is refused; "optional": it is served all the same. */
  readonly mode: "required" | "optional";
  /** The trust bundle with the authorities that it must come from. */
  readonly trust: string;
}

export interface PathChange {
  readonly what: "escaped slashes" | "dot segments" | "repeated slashes";
  readonly path: string;
}

export interface HostChoice {
  readonly table: string;
  /** The virtual host; undefined where none fits. */
  readonly domain?: string;
  readonly rules: number;
}

export interface RuleRef {
  readonly key: string;
  readonly dialect: string;
  readonly listener: string;
  readonly hosts: readonly string[];
  readonly origin: Provenance;
}

export interface ListenerRef {
  readonly key: string;
  readonly hostname: string;
  readonly origin: Provenance;
}

export interface PassedOver {
  readonly rule: RuleRef;
  /** What did not fit of the alternative that came nearest; empty where the rule fits and comes too late. */
  readonly failures: readonly Failure[];
  readonly position: "before" | "after";
}

export interface Failure {
  readonly test: "path" | "method" | "header" | "query" | "cookie" | "client-address" | "server-name" | "share";
  /** The name of the header, parameter or cookie. */
  readonly name?: string;
  readonly wanted: string;
  readonly actual: string;
}

export interface Outcome {
  /** 1 where nothing is left to chance. */
  readonly share: number;
  /** Undefined where no rule decides. */
  readonly rule?: RuleRef;
  /** The listener that the rule is attached to; undefined where the plan does not tell. */
  readonly listener?: ListenerRef;
  /** The alternative that fits, in words. */
  readonly matched?: string;
  readonly steps: readonly StepOutcome[];
  readonly end: End;
}

export interface StepOutcome {
  readonly kind: Step["kind"];
  /** "depends": on something that cannot be known here, such as the signature of a token. */
  readonly verdict: "passes" | "ends" | "depends";
  readonly detail: string;
  readonly origin: Provenance;
}

export type End = ForwardEnd | RedirectEnd | RespondEnd;

export interface ForwardEnd {
  readonly kind: "forward";
  readonly targets: readonly Target[];
}

export interface RedirectEnd {
  readonly kind: "redirect";
  readonly status: number;
  readonly location: string;
  readonly because: string;
}

export interface RespondEnd {
  readonly kind: "respond";
  readonly status: number;
  readonly body?: string;
  readonly because: string;
}

export interface Target {
  /** Of the outcome's requests. */
  readonly share: number;
  readonly origin: Provenance;
  readonly to:
    | BackendTarget
    | ConnectionTarget
    | { readonly kind: "respond"; readonly status: number; readonly because: string };
}

/** A backend that gets a connection or datagrams as they come. */
export interface ConnectionTarget {
  readonly kind: "connection";
  readonly backend: string;
  readonly protocol: string;
  /** How TLS is spoken to it; undefined where what comes is passed on as it is, or decrypted. */
  readonly tls?: BackendTlsTarget;
  readonly endpoints?: NonNullable<BackendTarget["endpoints"]>;
  readonly resolves?: string;
}

export interface BackendTarget {
  readonly kind: "backend";
  /** The cluster. */
  readonly backend: string;
  readonly protocol: string;
  /** How TLS is spoken to it; undefined where it is not. */
  readonly tls?: BackendTlsTarget;
  /** Undefined where the endpoints are not known here. */
  readonly endpoints?: readonly { readonly address: string; readonly port: number; readonly state: string }[];
  /** For backends that are found by name. */
  readonly resolves?: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly HeaderChange[];
}

export interface BackendTlsTarget {
  readonly serverName: string;
  /** Of these names the backend must prove one. */
  readonly names: readonly string[];
  /** The authorities its certificate must come from: `system`, or a trust bundle. */
  readonly trust: string;
  /** The Secret whose certificate is shown to it. */
  readonly clientCertificate?: string;
  /** The policy that asks for it. */
  readonly policy?: Provenance;
}

export interface HeaderChange {
  readonly name: string;
  /** The values that the backend sees; empty where the header is removed. */
  readonly values: readonly string[];
}

/** The path that an alternative of a rule matched by; what prefix rewrites replace. */
export type MatchedPath = PathMatch | undefined;

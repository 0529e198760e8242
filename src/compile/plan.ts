import type { Collection, Entry } from "../incremental/collection.ts";
import type { Backend } from "../model/backend.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ClientAddressRule, EdgeOptions, Listener, ListenerTls, TlsCertificate } from "../model/gateway.ts";
import type { PathMatch, Predicate } from "../model/match.ts";
import type { Rule } from "../model/rule.ts";
import type { Step } from "../model/step.ts";
import type { StreamRule } from "../model/stream-rule.ts";
import type { TrustBundle } from "../model/trust-bundle.ts";

/**
 * What each class of proxies runs, in Weir's own terms: the last stage before Envoy's. `explain` and `diff` read this, never Envoy's resources.
 *
 *     PortPlan ── chains ──► route table (by name) ── hosts ──► HostPlan ── rules, in order ──► PlannedRule ──► ClusterPlan
 *        └─── streams ──► the one rule of a host ──────────────────────────────────────────────────────────────────┘
 */
export interface PlanCollections {
  /** The class of proxies that runs each gateway, by the gateway's key; also where nothing of the gateway can be served. */
  readonly proxyClasses: Collection<string>;
  /** By `<proxy class>|<listener name>`. */
  readonly ports: Collection<PortPlan>;
  /** The listeners that have a place on a port, by their key: where ports and rules come from. */
  readonly listeners: Collection<Listener>;
  /** By `<proxy class>|<table>|<domain>`. */
  readonly hosts: Collection<HostPlan>;
  /** By `<rule key>|<listener key>`. */
  readonly rules: Collection<PlannedRule>;
  /** Backends that at least one planned rule uses, by backend key. */
  readonly clusters: Collection<ClusterPlan>;
  /** Certificates that at least one port uses, by certificate key. */
  readonly certificates: Collection<CertificatePlan>;
  /** Authorities that ports or clusters verify the other side by, by bundle key. */
  readonly trustBundles: Collection<TrustBundlePlan>;
  /** By `objectKey`; what compiling found out about an object. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
}

/** One socket of one proxy class. */
export interface PortPlan {
  readonly proxyClass: string;
  /** The Envoy listener's name: `tcp/<address>/<port>` or `udp/<address>/<port>`, with the bound port. */
  readonly name: string;
  /** Undefined: all addresses, IPv4 and IPv6. */
  readonly address?: string;
  readonly bindPort: number;
  readonly clientPort: number;
  readonly clientAddress: ClientAddressRule;
  readonly edge: EdgeOptions;
  /** One for plain HTTP; for TLS one for each set of server names, the most specific ones chosen by the proxy. */
  readonly chains: readonly ChainPlan[];
  /** What is passed on without being read as HTTP: beside the chains of a TLS port, or all there is on a TCP or UDP port. */
  readonly streams: readonly StreamChainPlan[];
}

/** Connections or datagrams that all go the same way. */
export interface StreamChainPlan {
  /** Stable across edits of certificates and backends. */
  readonly name: string;
  /** As in `ChainPlan`; no two chains of a port have one in common. */
  readonly serverNames: readonly string[];
  /** How TLS ends here; undefined where what arrives is passed on as it is. */
  readonly tls?: ListenerTls;
  /** The listener that it is served for, by key. */
  readonly listener: string;
  /** Backends that cannot be reached are "close" in it. Undefined: every connection is closed, every datagram dropped. */
  readonly rule?: StreamRule;
  /** Backend keys that must be ready before the chain is served; sorted. */
  readonly backends?: readonly string[];
}

export interface ChainPlan {
  /** Stable across edits of certificates and rules. */
  readonly name: string;
  /** "*.example.com" matches any number of labels here (as Envoy does); empty matches everything that no other chain does. */
  readonly serverNames: readonly string[];
  readonly tls?: ListenerTls;
  /** The name of the route table; `<proxy class>|<table>` is unique. */
  readonly table: string;
  /** The listeners (keys) that the chain serves. */
  readonly listeners: readonly string[];
}

/** One virtual host of one route table. */
export interface HostPlan {
  readonly proxyClass: string;
  readonly table: string;
  /** "*", "*.example.com" or "www.example.com". */
  readonly domain: string;
  /** In the order in which they are tried; rules of less specific hosts follow where they fall through. */
  readonly rules: readonly Entry<PlannedRule>[];
  /** What a request gets that no rule matches: 404, or 421 where the host belongs to another listener of the port. */
  readonly otherwise: "not-found" | "misdirected";
}

/** A rule as one listener serves it: alternatives of plain conjunctions, policies merged in. */
export interface PlannedRule {
  readonly proxyClass: string;
  readonly listener: string;
  /** How clients reach that listener: redirects that name no scheme or port are built from it. */
  readonly entry: { readonly scheme: "http" | "https"; readonly port: number };
  readonly table: string;
  readonly hosts: readonly string[];
  readonly rule: Rule;
  /** The rule matches if one of these does; each becomes one Envoy route named by the rule's key. Never empty. */
  readonly alternatives: readonly Conjunction[];
  /** The rule's own steps and those of policies, in the order in which the proxy carries them out. */
  readonly steps: readonly Step[];
  /** Backend keys that must be ready before the rule is served, mirrors included; sorted. */
  readonly backends: readonly string[];
}

export interface Conjunction {
  readonly path?: PathMatch;
  readonly terms: readonly { readonly predicate: Exclude<Predicate, { kind: "path" }>; readonly negated: boolean }[];
}

export interface ClusterPlan {
  readonly backend: Backend;
  /** The proxy classes that need it; sorted. */
  readonly proxyClasses: readonly string[];
}

export interface CertificatePlan {
  readonly certificate: TlsCertificate;
  readonly proxyClasses: readonly string[];
}

export interface TrustBundlePlan {
  readonly bundle: TrustBundle;
  readonly proxyClasses: readonly string[];
}

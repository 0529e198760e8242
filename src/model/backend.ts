import type { Provenance } from "./provenance.ts";

/**
 * Where requests are sent. The key is the cluster's name: `service/<ns>/<name>/<port>[~<policy identity>]` or `external/<host>/<port>[~…]`.
 * Identity, not content: editing a setting keeps the name, and with it warm connections and statistics.
 */
export interface Backend {
  readonly key: string;
  /** tcp and udp: what comes is passed on as it is, and never as requests. */
  readonly protocol: "http1" | "h2c" | "tls-http1" | "tls-h2" | "tcp" | "udp";
  readonly location: /** Endpoints come from `EndpointSet` with the same key. */
    | { readonly kind: "endpoints"; readonly set: string }
    /** A name to resolve, for ExternalName services, endpoint slices with host names and external hosts. */
    | {
        readonly kind: "dns";
        readonly host: string;
        readonly port: number;
        /** Further hosts that share the traffic, names or addresses; sorted. */
        readonly others?: readonly { readonly host: string; readonly port: number }[];
      };
  readonly tls?: BackendTls;
  readonly connectTimeoutMs: number;
  readonly origin: Provenance;
}

export interface BackendTls {
  readonly serverName: string;
  /** "system" for the operating system's roots, "bundle" for a `TrustBundle`, otherwise PEM text. */
  readonly trust:
    | { readonly kind: "system" }
    | { readonly kind: "bundle"; readonly bundle: string }
    | { readonly kind: "pem"; readonly certificates: string };
  /** Of these the peer must show one; where the list is empty, `serverName`. */
  readonly subjectAltNames: readonly { readonly kind: "dns" | "uri"; readonly value: string }[];
  /** Key of a `TlsCertificate` to present. */
  readonly clientCertificate?: string;
  /** The policy that asks for it; undefined where the service itself does. */
  readonly policy?: Provenance;
}

/** The addresses behind one port of one service, from all of its endpoint slices. Key: `<ns>/<name>/<port>`, with `/udp` behind it for UDP. */
export interface EndpointSet {
  readonly key: string;
  /** Sorted by address and port; no duplicates. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** serving: gets traffic. draining: terminating but still serving; used only when nothing else is there. */
  readonly state: "serving" | "draining";
  readonly zone?: string;
}

/** A service as references see it. Key: `<ns>/<name>`. */
export interface Service {
  readonly key: string;
  readonly kind: "cluster" | "headless" | "external-name";
  readonly externalName?: string;
  readonly ports: readonly ServicePort[];
  readonly publishNotReady: boolean;
  /** The family that is used where both are there; undefined: both are used. */
  readonly primaryFamily?: "IPv4" | "IPv6";
  readonly origin: Provenance;
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  /** As in Kubernetes: "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "http", "https", …; empty where unset. */
  readonly appProtocol: string;
  /** What a BackendTLSPolicy demands of connections to the port. */
  readonly tls?: PortTls;
}

/** How a policy shapes connections to a port: which one it is, not what it says, so that editing it concerns no route. */
export type PortTls =
  | { readonly kind: "policy"; readonly name: string }
  /** What is demanded cannot be met: nothing may be sent. `reason` ends a sentence about the port. */
  | { readonly kind: "unusable"; readonly reason: string };

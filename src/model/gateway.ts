import type { Provenance } from "./provenance.ts";

/**
 * Where traffic enters. A gateway is what one class of proxies runs; its listeners are named sections on ports.
 * Several gateways and several dialects may put listeners on one port of one proxy class: compile merges them.
 */
export interface Gateway {
  /** `namespace/name`. */
  readonly key: string;
  /** The class of proxies that runs it: all gateways of one class share ports. Equals `key` where each gateway has proxies of its own. */
  readonly proxyClass: string;
  readonly clientAddress: ClientAddressRule;
  readonly edge: EdgeOptions;
  /** RFC 3339, empty where unknown. Where gateways that share a port disagree, the oldest decides. */
  readonly creationTimestamp: string;
  /** The certificate that its proxies show to backends they speak TLS to. */
  readonly clientCertificate?: GatewayClientCertificate;
  readonly origin: Provenance;
}

/** Where it cannot be used, nothing may be sent to backends that would be shown it. */
export type GatewayClientCertificate =
  | { readonly kind: "certificate"; readonly key: string }
  | { readonly kind: "unusable" };

/** How the address of the client is found; everything that decides by client address uses the result. */
export type ClientAddressRule =
  | { readonly kind: "direct" }
  /** The nth address from the right of X-Forwarded-For; n = number of trusted proxies in front. */
  | { readonly kind: "trusted-hops"; readonly hops: number }
  /** The rightmost address of X-Forwarded-For that is outside these networks. */
  | { readonly kind: "trusted-cidrs"; readonly cidrs: readonly string[] }
  /** The PROXY protocol header, required on every connection. */
  | { readonly kind: "proxy-protocol" };

export interface EdgeOptions {
  readonly escapedSlashes: "keep" | "reject" | "unescape-and-redirect" | "unescape-and-forward";
  readonly headersWithUnderscores: "allow" | "reject" | "drop";
  readonly mergeSlashes: boolean;
  readonly accessLog: AccessLogOptions;
}

export type AccessLogOptions =
  | { readonly kind: "off" }
  | { readonly kind: "json"; readonly path: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: "text"; readonly path: string; readonly format: string };

/** A named section of a gateway: one port, one protocol, one host pattern. */
export interface Listener {
  /** `namespace/name/section`, unique. */
  readonly key: string;
  readonly gateway: string;
  readonly proxyClass: string;
  readonly section: string;
  /** The address to bind; undefined for all addresses, IPv4 and IPv6. */
  readonly address?: string;
  /** The port clients connect to, used in redirects; where Envoy binds another one, `bindPort` tells. */
  readonly port: number;
  readonly bindPort: number;
  readonly protocol: "http" | "https" | "tls" | "tcp" | "udp";
  /** "*", "*.example.com" or "www.example.com", lower case. */
  readonly hostname: string;
  readonly tls?: ListenerTls;
  /**
   * "isolated": of several listeners on the port only the one with the most specific host serves a request (Gateway API);
   * "shared": the listener's rules serve a host together with those of all shared listeners on the port (Ingress).
   */
  readonly isolation: "isolated" | "shared";
  /** Answer 421 to requests on a connection whose server name belongs to another listener of the port (Gateway API, HTTPS). */
  readonly detectMisdirected: boolean;
  readonly origin: Provenance;
}

export interface ListenerTls {
  readonly mode: "terminate" | "passthrough";
  /** Keys of `TlsCertificate` nodes, only usable ones; in terminate mode an empty list means the listener is not served. */
  readonly certificates: readonly string[];
  readonly minimumVersion: "1.2" | "1.3";
  readonly alpn: readonly ("h2" | "http/1.1")[];
  /** Undefined: clients are not asked for certificates. */
  readonly clientValidation?: ClientValidation;
}

export interface ClientValidation {
  /** Key of the `TrustBundle` that clients must have their certificates from. */
  readonly bundle: string;
  /** "required": a connection without a valid certificate is refused; "optional": it is served all the same. */
  readonly mode: "required" | "optional";
}

/** A certificate with its key, checked: both parse and belong together. */
export interface TlsCertificate {
  /** `namespace/name` of the Secret. */
  readonly key: string;
  readonly certificateChain: string;
  readonly privateKey: SecretText;
  /** When the first certificate of the chain stops being valid, RFC 3339. */
  readonly notAfter?: string;
  readonly origin: Provenance;
}

/**
 * Text that must never be shown. It is plain data, so that it compares and hashes, but prints redacted.
 * The value is held in a function so that JSON, inspection and templates cannot reach it by accident.
 */
export class SecretText {
  readonly #text: string;
  /** Distinguishes values for comparison without telling them. */
  readonly digest: string;

  constructor(text: string, digest: string) {
    this.#text = text;
    this.digest = digest;
  }

  /** The value itself; call this only where bytes for Envoy are made. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }
}

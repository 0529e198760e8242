import type { Provenance } from "./provenance.ts";
import type { Attachment, Order, PolicyTargets } from "./rule.ts";

/**
 * Where connections (TLS, TCP) or datagrams (UDP) go that the proxy does not read as HTTP. Of several rules for one host of a listener the first in
 * order gets everything: there is nothing in a stream that a second one could be chosen by.
 */
export interface StreamRule {
  /** `<kind>/<namespace>/<name>/<rule name or index>`, lower-case kind. */
  readonly key: string;
  /** Which dialect it comes from; the name of its folder. */
  readonly dialect: string;
  /** TLS listeners choose by server name; for TCP and UDP the only host is "*". */
  readonly attachments: readonly Attachment[];
  readonly order: Order;
  /** Weights are relative; where none is above 0 every connection is closed. */
  readonly backends: readonly StreamBackend[];
  readonly policyTargets: PolicyTargets;
  readonly origin: Provenance;
}

export interface StreamBackend {
  readonly weight: number;
  /** "close": the reference leads nowhere, and its share of connections is closed (of datagrams, dropped). */
  readonly target: { readonly kind: "backend"; readonly backend: string } | { readonly kind: "close" };
  readonly origin: Provenance;
}

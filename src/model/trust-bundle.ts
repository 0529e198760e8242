import type { Provenance } from "./provenance.ts";

/**
 * The certificate authorities that one side of a connection must have its certificate from. It travels on its own, so that another authority is a
 * change of the bundle and of nothing that refers to it.
 */
export interface TrustBundle {
  /** `trust/<kind>/<ns>/<name>[/<part>]` of the object that asks for it, lower-case kind: identity, not content. */
  readonly key: string;
  /** One or more certificates in PEM, checked. */
  readonly certificates: string;
  readonly origin: Provenance;
}

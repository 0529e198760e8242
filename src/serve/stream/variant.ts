import type { ResourceType } from "../../xds/resource.ts";
import type { Sequencer, Wire } from "./sequencer.ts";
import type { Outstanding, TypeState } from "./type-state.ts";

/** What a client says about itself in the first request of a stream. It is shown to people; nothing is decided by it. */
export interface ClaimedNode {
  readonly id: string;
  readonly cluster: string;
  /** As `envoy 1.40.0`; empty where the client does not say. */
  readonly agent: string;
}

/** A request of either variant, as far as both share it. */
export interface DiscoveryRequest {
  readonly node: ClaimedNode | undefined;
  readonly typeUrl: string;
  /** The nonce of the response that this request answers; empty where it answers none. */
  readonly nonce: string;
  /** The client refuses that response, and why. */
  readonly error: string | undefined;
  /** How many names it lists; they are bounded. */
  readonly nameCount: number;
  /** Takes over what the client wants. The request's answer to a response has been dealt with before. */
  subscribe(sequencer: Sequencer, type: ResourceType): void;
  /** The names a client asks for of a type that Weir does not serve. */
  readonly asked: readonly string[];
}

/** One of the two forms of the protocol: what its messages are, and what its responses can say. */
export interface Variant extends Pick<Wire, "listsAll" | "canRemove"> {
  readonly name: "delta" | "state-of-the-world";
  /** Throws where the bytes are not a request. */
  decode(message: Uint8Array): DiscoveryRequest;
  encode(state: TypeState, response: Outstanding): readonly Uint8Array[];
  /** The answer to a request for a type that Weir does not serve; undefined where the variant has none. */
  encodeUnserved(typeUrl: string, nonce: string, names: readonly string[]): readonly Uint8Array[] | undefined;
}

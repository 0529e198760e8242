import { fromBinary } from "@bufbuild/protobuf";
import { DeltaDiscoveryRequestSchema } from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { typeUrls } from "../../xds/resource.ts";
import type { Envelopes } from "../wire/envelope.ts";
import type { ResourceFrames } from "../wire/resource-frames.ts";
import { claimedNode } from "./node.ts";
import type { Variant } from "./variant.ts";

/** The incremental variant: responses name what changed and what is gone. */
export function deltaVariant(frames: ResourceFrames, envelopes: Envelopes): Variant {
  return {
    name: "delta",
    listsAll: () => false,
    canRemove: () => true,
    decode(message) {
      const request = fromBinary(DeltaDiscoveryRequestSchema, message, { readUnknownFields: false });
      const subscribe = request.resourceNamesSubscribe;
      const unsubscribe = request.resourceNamesUnsubscribe;
      const versions = Object.entries(request.initialResourceVersions);
      return {
        node: claimedNode(request.node),
        typeUrl: request.typeUrl,
        nonce: request.responseNonce,
        error: request.errorDetail?.message,
        nameCount: subscribe.length + versions.length,
        asked: subscribe,
        // A delta nonce never makes a subscription change void (xDS protocol, "ACK and NACK semantics summary").
        subscribe(sequencer, type) {
          const { subscription } = sequencer.client[type];
          const first = !subscription.requested;
          sequencer.subscriptionChanged(type, subscription.update(subscribe, unsubscribe));
          if (first) sequencer.clientHas(type, versions);
        },
      };
    },
    encode(state, response) {
      const resources = [];
      const removed = [];
      for (const [name, form] of response.items) {
        if (form === undefined) removed.push(name);
        else resources.push(frames.delta(form));
      }
      return envelopes.delta(typeUrls[state.type], response.nonce, response.revision, resources, removed);
    },
    encodeUnserved: (typeUrl, nonce, names) =>
      names.length === 0 ? undefined : envelopes.delta(typeUrl, nonce, "", [], names),
  };
}

import { fromBinary } from "@bufbuild/protobuf";
import { DiscoveryRequestSchema } from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import type { ResourceType, ServedResource } from "../../xds/resource.ts";
import type { Envelopes } from "../wire/envelope.ts";
import type { ResourceFrame, ResourceFrames } from "../wire/resource-frames.ts";
import { claimedNode } from "./node.ts";
import type { Outstanding, TypeState } from "./type-state.ts";
import type { Variant } from "./variant.ts";

/** The state-of-the-world variant: responses list all clusters or listeners, and of the other types whatever changed. */
export function stateOfTheWorldVariant(frames: ResourceFrames, envelopes: Envelopes): Variant {
  return {
    name: "state-of-the-world",
    listsAll,
    canRemove: listsAll,
    decode(message) {
      const request = fromBinary(DiscoveryRequestSchema, message, { readUnknownFields: false });
      const names = request.resourceNames;
      return {
        node: claimedNode(request.node),
        typeUrl: request.typeUrl,
        nonce: request.responseNonce,
        error: request.errorDetail?.message,
        nameCount: names.length,
        asked: names,
        subscribe(sequencer, type) {
          const state = sequencer.client[type];
          if (request.responseNonce !== state.lastNonce) {
            // Written before the client saw our latest response: it will answer that one, and list its names again. What it does not list
            // now it has dropped, even if it lists it then.
            const listed = new Set(names);
            for (const name of state.subscription.names) if (!listed.has(name)) state.ask(name);
            return;
          }
          const first = !state.subscription.requested;
          if (first) state.unlisted = request.versionInfo !== "";
          const change = state.subscription.replace(names);
          sequencer.subscriptionChanged(type, change);
          if (listsAll(type) && (first || change.asked.length > 0 || change.dropped.length > 0)) state.answerDue = true;
        },
      };
    },
    encode(state, response) {
      const resources = listsAll(state.type) ? everything(state, response, frames) : changes(response, frames);
      return envelopes.stateOfTheWorld(state.type, response.nonce, response.revision, resources);
    },
    encodeUnserved: () => undefined,
  };
}

/** xDS protocol, "Grouping Resources into Responses": in this variant these two types are always listed in full. */
function listsAll(type: ResourceType): boolean {
  return type === "cluster" || type === "listener";
}

function changes(response: Outstanding, frames: ResourceFrames): readonly ResourceFrame[] {
  return [...response.items.values()].flatMap((form) => (form === undefined ? [] : [frames.any(form)]));
}

function everything(state: TypeState, response: Outstanding, frames: ResourceFrames): readonly ResourceFrame[] {
  const forms = new Map<string, ServedResource | undefined>();
  for (const [name, { form }] of state.held) if (form.kind !== "unknown") forms.set(name, form);
  // Without these a client that took them from a response it refused would lose them.
  for (const [name, uncertain] of state.uncertain) {
    if (uncertain.isGood && !forms.has(name)) forms.set(name, uncertain.forms.at(-1));
  }
  for (const [name, form] of response.items) forms.set(name, form);
  return [...forms.values()].flatMap((form) => (form === undefined ? [] : [frames.any(form)]));
}

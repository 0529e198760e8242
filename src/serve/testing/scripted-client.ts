import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { type ResourceType, typeUrls } from "../../xds/resource.ts";
import { servedType } from "../registry.ts";
import { modelNode } from "./model-client.ts";
import { parseResource } from "./model-resource.ts";
import type { QueueCall, StreamHarness } from "./stream-harness.ts";

/** A response as a test reads it. */
export interface Response {
  readonly type: ResourceType | undefined;
  readonly nonce: string;
  /** "name=content"; a route table lists its hosts, sorted: "table[host=content,host=content]". */
  readonly resources: readonly string[];
  readonly removed: readonly string[];
}

/** Sends exactly what a test says, in the delta variant. */
export class DeltaScript {
  readonly call: QueueCall;

  constructor(harness: StreamHarness) {
    this.call = harness.open("delta").call;
  }

  send(
    type: string,
    request: Omit<MessageInitShape<typeof DeltaDiscoveryRequestSchema>, "$typeName" | "typeUrl" | "node">,
  ): void {
    const typeUrl = type in typeUrls ? typeUrls[typeOf(type)] : type;
    const message = create(DeltaDiscoveryRequestSchema, { node: modelNode, typeUrl, ...request });
    this.call.deliver(toBinary(DeltaDiscoveryRequestSchema, message));
  }

  subscribe(type: string, ...names: string[]): void {
    this.send(type, { resourceNamesSubscribe: names });
  }

  unsubscribe(type: ResourceType, ...names: string[]): void {
    this.send(type, { resourceNamesUnsubscribe: names });
  }

  ack(response: Response | undefined): void {
    if (response?.type === undefined) throw new Error("there is no response to acknowledge");
    this.send(response.type, { responseNonce: response.nonce });
  }

  nack(response: Response | undefined, message: string): void {
    if (response?.type === undefined) throw new Error("there is no response to refuse");
    this.send(response.type, { responseNonce: response.nonce, errorDetail: { code: 3, message } });
  }

  /** The responses written since the last call. */
  take(): Response[] {
    return this.call.toClient.splice(0).map((message) => {
      const response = fromBinary(DeltaDiscoveryResponseSchema, message);
      const type = servedType(response.typeUrl);
      const resources = response.resources.map(({ version, resource }) =>
        describe(parseResource(type ?? "cluster", version, resource)),
      );
      return { type, nonce: response.nonce, resources, removed: response.removedResources };
    });
  }

  /** Takes all responses and acknowledges them until none come; gives what was in them, by type. */
  settle(): string[] {
    const seen: string[] = [];
    for (let responses = this.take(); responses.length > 0; responses = this.take()) {
      for (const response of responses) {
        seen.push(summary(response));
        this.ack(response);
      }
    }
    return seen;
  }
}

/** Sends exactly what a test says, in the state-of-the-world variant. */
export class StateScript {
  readonly call: QueueCall;

  constructor(harness: StreamHarness) {
    this.call = harness.open("state-of-the-world").call;
  }

  send(
    type: ResourceType,
    request: Omit<MessageInitShape<typeof DiscoveryRequestSchema>, "$typeName" | "typeUrl" | "node">,
  ): void {
    const message = create(DiscoveryRequestSchema, { node: modelNode, typeUrl: typeUrls[type], ...request });
    this.call.deliver(toBinary(DiscoveryRequestSchema, message));
  }

  take(): Response[] {
    return this.call.toClient.splice(0).map((message) => {
      const response = fromBinary(DiscoveryResponseSchema, message);
      const type = typeOf(response.typeUrl);
      const resources = response.resources.map((any) => describe(parseResource(type, response.versionInfo, any)));
      return { type, nonce: response.nonce, resources, removed: [] };
    });
  }
}

export function summary({ type, resources, removed }: Response): string {
  return [type ?? "unserved", ...resources, ...removed.map((name) => `-${name}`)].join(" ");
}

function describe({ name, content, hosts, type }: ReturnType<typeof parseResource>): string {
  if (type !== "route") return `${name}=${content}`;
  const described = hosts.map((host) => `${host.name}=${host.content}`).sort();
  return `${name}[${described.join(",")}]`;
}

function typeOf(type: string): ResourceType {
  const served = servedType(type) ?? servedType(Reflect.get(typeUrls, type));
  if (served === undefined) throw new Error(`${type} is not served`);
  return served;
}

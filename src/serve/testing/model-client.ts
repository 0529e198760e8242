import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { type ResourceType, typeUrls } from "../../xds/resource.ts";
import { resourceTypes, servedType } from "../registry.ts";
import { type HeldResource, parseResource } from "./model-resource.ts";

interface TypeModel {
  /** What the client uses. A refused response may have been applied in part. */
  readonly applied: Map<string, HeldResource>;
  /** Versions it would list after a reconnect. */
  readonly versions: Map<string, string>;
  /** What it asked for on this stream; for the two wildcard types nothing. */
  asked: ReadonlySet<string>;
  requested: boolean;
  nonce: string;
  versionInfo: string;
}

interface ClusterModel {
  active: HeldResource | undefined;
  warming: HeldResource | undefined;
}

/** What the client found wrong with what it received. */
export type Complaint = (text: string) => void;

interface Received {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly versionInfo: string;
  readonly resources: readonly HeldResource[];
  readonly removed: readonly string[];
}

/**
 * An xDS client that behaves like Envoy as far as the order of resources matters: it asks for endpoints, secrets, extensions and routes
 * because of the clusters and listeners it receives, warms clusters, applies the good part of a refused response, and complains about
 * responses that would make it fail requests.
 */
export class ModelClient {
  readonly variant: "delta" | "state-of-the-world";
  readonly types: ReadonlyMap<ResourceType, TypeModel>;
  readonly clusters = new Map<string, ClusterModel>();
  /** Clusters that a host may name before they are there: the server said that it waited long enough. */
  readonly excused = new Set<string>();
  readonly #refuses: (resource: HeldResource) => string | undefined;
  readonly #complain: Complaint;
  readonly #send: (message: Uint8Array) => void;

  constructor(options: {
    readonly variant: ModelClient["variant"];
    /** What is wrong with a resource, if the client refuses it. */
    readonly refuses: (resource: HeldResource) => string | undefined;
    readonly complain: Complaint;
    readonly send: (message: Uint8Array) => void;
  }) {
    this.variant = options.variant;
    this.#refuses = options.refuses;
    this.#complain = options.complain;
    this.#send = options.send;
    this.types = new Map(
      resourceTypes.map((type) => [
        type,
        {
          applied: new Map(),
          versions: new Map(),
          asked: new Set<string>(),
          requested: false,
          nonce: "",
          versionInfo: "",
        },
      ]),
    );
  }

  /** Opens a stream: says what it wants and, in the delta variant, what it has. */
  connect(): void {
    for (const [type, model] of this.types) {
      model.requested = false;
      model.nonce = "";
      model.asked = new Set();
      const wanted = this.#interest(type);
      if (!isWildcard(type) && wanted.size === 0) continue;
      this.#ask(type, wanted, true);
    }
  }

  receive(message: Uint8Array): void {
    const all = this.variant === "delta" ? readDelta(message) : this.#readState(message);
    const model = this.#type(all.type);
    // A response may have been under way while the client lost interest in what it holds.
    const isWanted = (name: string) => isWildcard(all.type) || model.asked.has(name);
    const received = { ...all, resources: all.resources.filter(({ name }) => isWanted(name)) };
    model.nonce = received.nonce;
    const errors = this.#apply(received);
    if (errors === undefined) {
      model.versionInfo = received.versionInfo;
      for (const resource of received.resources) model.versions.set(resource.name, resource.version);
      for (const name of received.removed) model.versions.delete(name);
    }
    this.#answer(received, errors);
    this.#followInterests();
  }

  applied(type: ResourceType): ReadonlyMap<string, HeldResource> {
    return this.#type(type).applied;
  }

  #type(type: ResourceType): TypeModel {
    const model = this.types.get(type);
    if (model === undefined) throw new Error(`no model of ${type}`);
    return model;
  }

  #apply({ type, resources, removed }: Received): string | undefined {
    const { applied } = this.#type(type);
    for (const name of removed) this.#remove(type, name);
    const errors: string[] = [];
    for (const resource of resources) {
      const error = this.#refuses(resource);
      if (error === undefined) {
        if (type === "route") this.#checkRoutes(resource, applied.get(resource.name));
        applied.set(resource.name, resource);
        this.#warm(type, resource);
        continue;
      }
      if (type !== "cluster" && type !== "listener") return error;
      errors.push(`${resource.name}: ${error}`);
    }
    return errors.length === 0 ? undefined : `Error adding/updating ${type}(s) ${errors.join(", ")}`;
  }

  #remove(type: ResourceType, name: string): void {
    this.#type(type).applied.delete(name);
    if (type === "cluster") {
      this.clusters.delete(name);
      for (const table of this.applied("route").values()) {
        const host = table.hosts.find(({ clusters }) => clusters.includes(name));
        if (host !== undefined) this.#complain(`cluster ${name} was removed while host ${host.name} names it`);
      }
    }
    // Envoy takes a removal for an answer: there are no endpoints.
    if (type === "endpoint") this.#endWarming(name);
  }

  /** Clusters with endpoints of their own are used only once endpoints have arrived after them. */
  #warm(type: ResourceType, resource: HeldResource): void {
    if (type === "endpoint") this.#endWarming(resource.name);
    if (type !== "cluster") return;
    const known = this.clusters.get(resource.name) ?? { active: undefined, warming: undefined };
    this.clusters.set(resource.name, known);
    if ((known.warming ?? known.active)?.text === resource.text) return;
    if (resource.endpoints === undefined) {
      known.active = resource;
      known.warming = undefined;
    } else known.warming = resource;
  }

  #endWarming(endpoints: string): void {
    for (const cluster of this.clusters.values()) {
      if (cluster.warming?.endpoints !== endpoints) continue;
      cluster.active = cluster.warming;
      cluster.warming = undefined;
    }
  }

  #checkRoutes(table: HeldResource, before: HeldResource | undefined): void {
    for (const host of table.hosts) {
      if (before?.hosts.some(({ text }) => text === host.text) === true) continue;
      for (const cluster of host.clusters) {
        if (this.excused.has(cluster) || this.clusters.get(cluster)?.active !== undefined) continue;
        this.#complain(`host ${host.name} names cluster ${cluster}, which is not active`);
      }
    }
  }

  /** What the client wants of a type because of what it has of others. */
  #interest(type: ResourceType): ReadonlySet<string> {
    const clusters = [...this.clusters.values()].flatMap(({ active, warming }) => [active, warming]);
    const listeners = [...this.applied("listener").values()];
    const users = [...clusters, ...listeners].filter((user) => user !== undefined);
    switch (type) {
      case "cluster":
      case "listener":
        return new Set();
      case "endpoint":
        return new Set(clusters.flatMap((cluster) => (cluster?.endpoints === undefined ? [] : [cluster.endpoints])));
      case "secret":
        return new Set(users.flatMap(({ secrets }) => secrets));
      case "extension":
        return new Set(listeners.flatMap(({ extensions }) => extensions));
      case "route":
        return new Set(listeners.flatMap(({ tables }) => tables));
    }
  }

  #followInterests(): void {
    for (const [type, model] of this.types) {
      if (isWildcard(type)) continue;
      const wanted = this.#interest(type);
      const isSame = wanted.size === model.asked.size && [...wanted].every((name) => model.asked.has(name));
      if (!isSame) this.#ask(type, wanted, false);
    }
  }

  #ask(type: ResourceType, wanted: ReadonlySet<string>, opening: boolean): void {
    const model = this.#type(type);
    const added = [...wanted].filter((name) => !model.asked.has(name));
    const dropped = [...model.asked].filter((name) => !wanted.has(name));
    for (const name of dropped) {
      model.applied.delete(name);
      model.versions.delete(name);
    }
    model.asked = wanted;
    const first = !model.requested;
    model.requested = true;
    if (this.variant === "delta") {
      this.#sendDelta({
        typeUrl: typeUrls[type],
        resourceNamesSubscribe: added,
        resourceNamesUnsubscribe: dropped,
        ...(first && opening ? { initialResourceVersions: Object.fromEntries(model.versions) } : {}),
      });
    } else {
      this.#sendState({ typeUrl: typeUrls[type], resourceNames: [...wanted], ...this.#stateOf(model) });
    }
  }

  #answer({ type, nonce }: Received, error: string | undefined): void {
    const errorDetail = error === undefined ? {} : { errorDetail: { code: 3, message: error } };
    if (this.variant === "delta") {
      this.#sendDelta({ typeUrl: typeUrls[type], responseNonce: nonce, ...errorDetail });
      return;
    }
    const model = this.#type(type);
    this.#sendState({
      typeUrl: typeUrls[type],
      resourceNames: [...model.asked],
      ...this.#stateOf(model),
      ...errorDetail,
    });
  }

  #stateOf(model: TypeModel) {
    return { versionInfo: model.versionInfo, responseNonce: model.nonce };
  }

  #sendDelta(init: Omit<MessageInitShape<typeof DeltaDiscoveryRequestSchema>, "$typeName" | "$unknown">): void {
    this.#send(
      toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { ...init, node: modelNode })),
    );
  }

  #sendState(init: Omit<MessageInitShape<typeof DiscoveryRequestSchema>, "$typeName" | "$unknown">): void {
    this.#send(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { ...init, node: modelNode })));
  }

  #readState(message: Uint8Array): Received {
    const response = fromBinary(DiscoveryResponseSchema, message);
    const type = typeOf(response.typeUrl);
    const resources = response.resources.map((any) => parseResource(type, response.versionInfo, any));
    const listed = new Set(resources.map(({ name }) => name));
    if (listed.size !== resources.length) this.#complain(`a response lists a ${type} twice`);
    const removed = isWildcard(type) ? [...this.applied(type).keys()].filter((name) => !listed.has(name)) : [];
    return { type, nonce: response.nonce, versionInfo: response.versionInfo, resources, removed };
  }
}

export const modelNode = { id: "model", cluster: "default/web" };

/** Envoy asks for all clusters and listeners, and for the rest by name. */
function isWildcard(type: ResourceType): boolean {
  return type === "cluster" || type === "listener";
}

function readDelta(message: Uint8Array): Received {
  const response = fromBinary(DeltaDiscoveryResponseSchema, message);
  const type = typeOf(response.typeUrl);
  return {
    type,
    nonce: response.nonce,
    versionInfo: response.systemVersionInfo,
    resources: response.resources.map(({ version, resource }) => parseResource(type, version, resource)),
    removed: response.removedResources,
  };
}

function typeOf(typeUrl: string): ResourceType {
  const type = servedType(typeUrl);
  if (type === undefined) throw new Error(`a response of unknown type ${typeUrl}`);
  return type;
}

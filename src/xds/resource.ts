/** The resource types Weir serves, by the short names used in code and in `weir proxy`. */
export const typeUrls = {
  cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  endpoint: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
  extension: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
  listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
  route: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
} as const;

export type ResourceType = keyof typeof typeUrls;

/** What must be acknowledged by a proxy before a resource (or a virtual host) that names it may be sent. */
export interface Requirements {
  readonly clusters: readonly string[];
  readonly secrets: readonly string[];
  readonly extensions: readonly string[];
  /** What long hosts require besides, run by run of their rules: versions of a host share the runs in which nothing changed. */
  readonly parts?: readonly Requirements[];
}

/** A resource as it goes over the wire. Encoded once and shared by every stream; the bytes are deterministic. */
export interface EncodedResource {
  readonly kind: "whole";
  readonly type: ResourceType;
  readonly name: string;
  /** Hash of the content. */
  readonly version: string;
  /** The message itself (the value of its Any). */
  readonly bytes: Uint8Array;
  readonly requires: Requirements;
  /** A cluster that learns its endpoints from an endpoint resource of this name. */
  readonly endpoints?: string;
  /**
   * Of an extension that routes name parts of: this with those parts of `former` that it has no more, for as long as a client has routes that name them.
   * Undefined where there are none.
   */
  readonly keeping?: (former: EncodedResource) => EncodedResource | undefined;
  /** Of one that keeps parts: the version of what it is made from. */
  readonly extendedFrom?: string;
}

/**
 * A route table whose virtual hosts are encoded one by one, so that an edit of one host costs one encoding and a hold-back concerns one host. The hosts
 * stand in blocks, so that an edit costs a part of the table and not its length; Envoy does not mind their order.
 */
export interface EncodedRouteTable {
  readonly kind: "table";
  readonly type: "route";
  readonly name: string;
  /** Hash over the head and the versions of all virtual hosts. */
  readonly version: string;
  /** The fields of the RouteConfiguration other than `virtual_hosts`. */
  readonly head: Uint8Array;
  /** By index; none is empty. */
  readonly blocks: readonly HostBlock[];
  /** Of the whole RouteConfiguration. */
  readonly byteLength: number;
}

/** Some virtual hosts of a table. Versions of a table share the blocks in which nothing changed, with all that is derived from them. */
export interface HostBlock {
  /** Its place in the table, and all that its hosts have in common (`blockIndex`). */
  readonly index: number;
  /** Sorted by domain; never empty. */
  readonly hosts: readonly EncodedVirtualHost[];
  /** Hash over the versions of its hosts. */
  readonly version: string;
  /** Of all its hosts. */
  readonly byteLength: number;
}

export interface EncodedVirtualHost {
  /** The domain. */
  readonly name: string;
  readonly version: string;
  /** Framed as a `virtual_hosts` field: tag and length included, ready for concatenation. */
  readonly bytes: Uint8Array;
  readonly requires: Requirements;
  /**
   * What to serve in its place where a proxy refuses it and has `kept` (undefined: has no such host), so that nobody passes who should not;
   * undefined where `kept` lets nobody pass whom this host would not. `attempt` counts from 0: a proxy that refuses one stand-in is offered the next.
   */
  readonly standIn?: (kept: EncodedVirtualHost | undefined, attempt: number) => EncodedVirtualHost | undefined;
  /** Of a stand-in: the version it stands in for. */
  readonly standsFor?: string;
  /** The host's rules in order, for a stand-in that takes over some of them. */
  readonly rules?: readonly HostRule[];
}

/** What is known of one rule of a virtual host beside its bytes in the host. */
export interface HostRule {
  readonly key: string;
  /** What decides who may pass, with what it applies to; empty where the rule lets everyone pass. Only known to be equal or not. */
  readonly access: string;
  readonly version: string;
  readonly bytes: Uint8Array;
  readonly requires: Requirements;
}

export type ServedResource = EncodedResource | EncodedRouteTable;

/** Everything one class of proxies runs. */
export interface ProxyPlan {
  get(type: ResourceType, name: string): ServedResource | undefined;
  names(type: ResourceType): Iterable<string>;
}

/** What one transaction changed for one proxy class. */
export interface PlanChange {
  readonly proxyClass: string;
  /** Names of resources that appeared, changed or went away. */
  readonly changed: ReadonlyMap<ResourceType, ReadonlySet<string>>;
}

/** Where `serve` gets its plans from. */
export interface PlanSource {
  /** Undefined as long as no required source has synced, or where the class is unknown: nothing is sent then. */
  plan(proxyClass: string): ProxyPlan | undefined;
  /** Hash of all that is served, comparable across replicas; an edit that changes nothing for any proxy keeps it. */
  revision(): string;
  /** One call for each transaction that changed something. */
  subscribe(listener: (changes: readonly PlanChange[]) => void): () => void;
}

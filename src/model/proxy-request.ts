import type { JsonObject, ObjectRef } from "./source-object.ts";

/**
 * The wish for proxies that run one gateway, as a dialect reads it from what users wrote. Where a platform can make proxies (a
 * cluster), this is what they are made from; on a single machine nobody looks at it.
 */
export interface ProxyRequest {
  /** `namespace/name`. */
  readonly gateway: string;
  /** The object that the proxies exist for and go with; undefined where no object asks for them (the default gateway of Ingresses). */
  readonly owner?: ProxyOwner;
  /** Wanted on everything that is made. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly addresses: readonly WantedAddress[];
  /** What clients are to reach where no listener can be served at the moment, so that a mistake does not give the address away. */
  readonly writtenPorts: readonly ServedPort[];
  /**
   * Undefined where what the user refers to for them cannot be read: what exists is then left as it is, since a mistake must not take proxies or
   * addresses away.
   */
  readonly settings?: ProxySettings;
}

/** A request whose settings are known. */
export interface SettledProxyRequest extends ProxyRequest {
  readonly settings: ProxySettings;
}

export interface ProxyOwner {
  readonly ref: ObjectRef;
  readonly apiVersion: string;
  readonly uid: string;
}

/** An address the user asks for; without a value any of its type will do. */
export interface WantedAddress {
  readonly type: "IPAddress" | "Hostname";
  readonly value?: string;
}

export interface ServedPort {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** How proxies are run; what is undefined is left to Weir's defaults. */
export interface ProxySettings {
  /** Undefined: one, or what an autoscaler says. */
  readonly replicas?: number;
  readonly image?: string;
  /** A container's `resources`. */
  readonly resources?: JsonObject;
  readonly service: ServiceSettings;
  /** Laid over the pod template. */
  readonly podTemplate?: JsonObject;
}

export interface ServiceSettings {
  readonly type: "LoadBalancer" | "ClusterIP" | "NodePort";
  readonly annotations: Readonly<Record<string, string>>;
  readonly externalTrafficPolicy?: "Cluster" | "Local";
  readonly loadBalancerClass?: string;
}

export const defaultProxySettings: ProxySettings = { service: { type: "LoadBalancer", annotations: {} } };

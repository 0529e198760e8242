import type { Configuration } from "../config/configuration.ts";
import type { Leadership } from "../kubernetes/leader-election.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Json, JsonObject, ObjectRef } from "../model/source-object.ts";
import type { Authenticator } from "../serve/authentication.ts";
import type { ListenOptions } from "../serve/listen.ts";
import type { XdsServer } from "../serve/xds-server.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../sources/store/store.ts";
import type { AddressState } from "../status/addresses.ts";
import type { ProxyClassState } from "../status/programmed.ts";
import type { StatusTarget } from "../status/writer.ts";
import type { EncodeOptions } from "../xds/options.ts";
import type { Log } from "./log.ts";
import type { Pipeline } from "./pipeline.ts";
import type { ProxyClasses } from "./proxy-classes.ts";

/** The parts of a control plane that its surroundings work with. */
export interface RunningParts {
  readonly configuration: Configuration;
  readonly pipeline: Pipeline;
  readonly xds: XdsServer;
  readonly log: Log;
  /** Everything known to be wrong or noteworthy now. */
  readonly diagnostics: () => readonly Diagnostic[];
  /** The proxies of a class changed, connected here or elsewhere. */
  readonly proxiesChanged: (proxyClass: string) => void;
  /** A gateway (`namespace/name`) is reached elsewhere now. */
  readonly addressesChanged: (gateway: string) => void;
  /** The status of an object that no store holds was kept in memory. */
  readonly statusRemembered: (object: ObjectRef) => void;
}

/** What differs between a control plane of one machine and one of a cluster: where objects come from, who connects, and what is said to whom. */
export interface Environment {
  readonly proxyClasses: ProxyClasses;
  /** The one that comes first wins where two define an object. */
  readonly sources: readonly Source[];
  readonly encode: EncodeOptions;
  readonly listen: ListenOptions;
  readonly authenticator: Authenticator;
  /** What the HTTP API reads and writes. */
  readonly store: Store;
  /** Who of several replicas writes statuses and whatever else only one may do. */
  readonly leadership: Leadership;
  readonly statuses: {
    /** How many status writes may be on their way at once. */
    readonly writesAtOnce: number;
    readonly retryMs: number | undefined;
  };
  /** Called once, before anything has started: from now on the environment may look at the control plane. */
  attach(parts: RunningParts): AttachedEnvironment;
  /** Ends what was started, after the control plane has stopped. */
  close(): Promise<void>;
}

/** What other replicas of this control plane say when they are asked. */
export interface OtherReplicas {
  /** What this replica is called. */
  readonly self: string;
  /** The proxies connected to others, each as a `ProxySummary`. Of a replica that does not answer, what it told by itself. */
  proxies(): Promise<readonly JsonObject[]>;
  /** What a proxy connected to another replica is served; undefined where it is connected to none. Rejects where that one does not answer. */
  config(node: string): Promise<Json | undefined>;
}

export interface AttachedEnvironment {
  /** Undefined where there can be no others. */
  readonly replicas: OtherReplicas | undefined;
  readonly statusTarget: StatusTarget;
  /** The status of an object that neither the store nor the API server keeps. */
  readonly rememberedStatus: (object: ObjectRef) => Json | undefined;
  /** What is known of the proxies of one class, wherever they are connected. */
  readonly stateOf: (proxyClass: string) => ProxyClassState;
  readonly addressesOf: (gateway: string) => AddressState | undefined;
  /** Called once every source has synced and proxies can connect. */
  started(): void;
  /** Called before sources and servers close. */
  stopping(): Promise<void>;
}

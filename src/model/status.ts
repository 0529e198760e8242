import type { ObjectRef, SourceObject } from "./source-object.ts";

/** A condition as Kubernetes writes it, without times: those are filled in by the writer, and only when something changed. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/**
 * What a dialect wants said about one object. `Programmed` is left to the status room, which knows what proxies have acknowledged.
 * `status` is shaped as the kind's own status, with `Condition` lists in the places where the kind has conditions.
 */
export interface StatusReport {
  readonly object: ObjectRef;
  readonly generation: SourceObject["generation"];
  readonly status: StatusValue;
  /** `namespace/name` of the gateway whose proxies decide about the object's `Programmed`, where it is no Gateway itself (a ListenerSet). */
  readonly programmedBy?: string;
  /** `namespace/name` of the gateway that serves the object, where the object's status tells that gateway's addresses (an Ingress). */
  readonly gateway?: string;
}

export type StatusValue =
  | null
  | boolean
  | number
  | string
  | readonly StatusValue[]
  | { readonly [name: string]: StatusValue | undefined };

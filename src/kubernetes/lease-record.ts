import { isObject, numberAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { microTime } from "./micro-time.ts";

/** What a Lease says about who leads (coordination.k8s.io/v1, LeaseSpec). */
export interface LeaseRecord {
  /** Empty: nobody. */
  readonly holder: string;
  /** How long the holder may be silent. */
  readonly durationMs: number;
  /** As written: compared, never read as a time, since the clocks of replicas differ. */
  readonly renewTime: string;
  readonly transitions: number;
  readonly resourceVersion: string;
}

/** The record of a Lease as the API server gives it; undefined for what is no Lease. */
export function readLease(body: Json): LeaseRecord | undefined {
  const resourceVersion = textAt(body, "metadata", "resourceVersion");
  if (!isObject(body) || resourceVersion === undefined) return undefined;
  return {
    holder: textAt(body, "spec", "holderIdentity") ?? "",
    durationMs: (numberAt(body, "spec", "leaseDurationSeconds") ?? 0) * 1000,
    renewTime: textAt(body, "spec", "renewTime") ?? "",
    transitions: numberAt(body, "spec", "leaseTransitions") ?? 0,
    resourceVersion,
  };
}

export interface LeaseClaim {
  readonly namespace: string;
  readonly name: string;
  /** Empty gives the lease back. */
  readonly holder: string;
  readonly durationMs: number;
  readonly now: Date;
  /** When the holder took the lease. */
  readonly acquired: Date;
  readonly transitions: number;
  /** Of the Lease that is replaced; undefined where there is none yet. */
  readonly resourceVersion: string | undefined;
}

/** The Lease to write. With `resourceVersion` the write takes effect only if nobody wrote in between. */
export function writeLease(claim: LeaseClaim): JsonObject {
  const { namespace, name, resourceVersion } = claim;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: claim.holder,
      // Whole seconds, more than none (LeaseSpec.leaseDurationSeconds).
      leaseDurationSeconds: Math.max(1, Math.ceil(claim.durationMs / 1000)),
      acquireTime: microTime(claim.acquired),
      renewTime: microTime(claim.now),
      leaseTransitions: claim.transitions,
    },
  };
}

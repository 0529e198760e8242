import { textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";

/** A kind of object that is made for gateways, and where the API server has it. */
export interface ProvisionedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** In the order in which objects are made: what a pod needs before the pod. */
export const provisionedKinds = [
  { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts" },
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps" },
  { apiVersion: "v1", kind: "Service", plural: "services" },
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets" },
] as const satisfies readonly ProvisionedKind[];

/** Path of a kind's list, over all namespaces or in one. */
export function collectionPath({ apiVersion, plural }: ProvisionedKind, namespace?: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function objectPath(kind: ProvisionedKind, namespace: string, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Identifies an object among those that are made: `Kind/namespace/name`. */
export function identityOf(object: JsonObject): string {
  return `${textAt(object, "kind") ?? ""}/${textAt(object, "metadata", "namespace") ?? ""}/${textAt(object, "metadata", "name") ?? ""}`;
}

export function kindOf(object: JsonObject): ProvisionedKind {
  const name = textAt(object, "kind");
  const kind = provisionedKinds.find((candidate) => candidate.kind === name);
  if (kind === undefined) throw new Error(`objects of kind ${name ?? "(none)"} are not provisioned`);
  return kind;
}

import { createHash } from "node:crypto";

export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";
export const managedByLabel = "app.kubernetes.io/managed-by";

/** On the pods of the control plane itself; the installation's objects select them by these. */
export const controlPlaneLabels = { "app.kubernetes.io/name": "weir", "app.kubernetes.io/component": "control-plane" };

/** The Service beside that of the control plane whose name leads to the address of each replica. */
export function replicasServiceName(service: string): string {
  return `${service}-replicas`;
}

/** Tells what Weir made, and holds the hash of what it wanted then: a field that is no longer wanted shows in it. */
export const wantedAnnotation = "weir.dev/wanted";

/** On a pod template: the hash of what a proxy reads once, when it starts. */
export const restartAnnotation = "weir.dev/restarts-on";

export const fieldManager = "weir";

/** Longest name of a Service (RFC 1035 label) and longest value of a label. */
const longest = 63;

/**
 * A name for what is made for a gateway: `weir-<gateway>`, with a hash in place of what is too long or not allowed in a Service's name
 * (gateways may have dots). `part` tells several objects of one kind apart.
 */
export function objectName(gateway: string, part?: string): string {
  return bounded(part === undefined ? `weir-${gateway}` : `weir-${gateway}-${part}`);
}

/** The labels by which everything of a gateway is found, and its pods selected. */
export function gatewayLabels(gateway: string): Readonly<Record<string, string>> {
  return { [gatewayNameLabel]: labelValue(gateway), [managedByLabel]: "weir" };
}

/** A gateway's name as a label's value (GEP-1762 shortens what is too long). */
export function labelValue(gateway: string): string {
  return gateway.length <= longest
    ? gateway
    : `${gateway.slice(0, longest - 9).replace(/[^a-z0-9]+$/, "")}-${hash8(gateway)}`;
}

export function hash8(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function bounded(name: string): string {
  const allowed = name.replaceAll(/[^a-z0-9-]/g, "-");
  if (allowed === name && name.length <= longest) return name;
  return `${allowed.slice(0, longest - 9).replace(/-+$/, "")}-${hash8(name)}`;
}

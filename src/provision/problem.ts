import type { KubernetesAnswer } from "../kubernetes/client.ts";
import { isObject, listAt, textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";

/** Why something that a gateway's proxies need is not there as it should be. */
export interface ProvisioningProblem {
  readonly code: "WR0701" | "WR0702" | "WR0703" | "WR0704" | "WR0705" | "WR0706";
  /** Pods that are not made matter only as long as there are no others; an object that is not made is missing. */
  readonly concerns: "object" | "pods";
  /** Of the Gateway's Programmed condition (GatewayConditionProgrammed). */
  readonly reason: "NoResources" | "Invalid";
  /** Never contains secrets: it is what the API server says. */
  readonly message: string;
  readonly hint: string;
}

/** Somebody else has an object of the name. */
export function nameTaken(identity: string): ProvisioningProblem {
  return {
    code: "WR0702",
    concerns: "object",
    reason: "NoResources",
    message: `${identity} exists and was not made by Weir: it is left alone.`,
    hint: "Remove it, or give the Gateway another name.",
  };
}

/** What the API server's refusal of an object means. The words are its own: it has no others for what forbids. */
export function refusal(identity: string, { status, body }: KubernetesAnswer): ProvisioningProblem {
  const said = textAt(body, "message") ?? `the API server answers ${status}`;
  const common = { concerns: "object", reason: "NoResources", message: `${identity}: ${said}` } as const;
  const limits = exceedsLimits(said);
  if (limits !== undefined) return { ...common, code: "WR0704", hint: limits };
  if (/User "[^"]*" cannot \w+ resource /.test(said)) {
    return { ...common, code: "WR0703", hint: "Give Weir the role that `weir install` prints." };
  }
  const isAdmission = /admission webhook|AdmissionPolicy|failed calling webhook|PodSecurity/.test(said);
  if (!isAdmission && (status === 400 || status === 422)) {
    const hint = "Correct the ProxyClass, or spec.infrastructure of the Gateway.";
    return { ...common, code: "WR0705", reason: "Invalid", hint };
  }
  const hint = "Have the cluster allow it, or ask for something else in a ProxyClass.";
  return { ...common, code: "WR0701", hint };
}

/** Whether an object cannot be made because everything in its namespace is about to go (StatusCause, `NamespaceTerminating`). */
export function namespaceGoes({ body }: KubernetesAnswer): boolean {
  return listAt(body, "details", "causes").some((cause) => textAt(cause, "reason") === "NamespaceTerminating");
}

/** What a Deployment says of its pods (DeploymentConditionType); undefined where nothing is wrong with them. */
export function podProblem(identity: string, deployment: JsonObject | undefined): ProvisioningProblem | undefined {
  const failure = conditionOf(deployment, "ReplicaFailure", "True");
  if (failure !== undefined)
    return { ...refusal(`pods of ${identity}`, { status: 403, body: failure }), concerns: "pods" };
  const stuck = conditionOf(deployment, "Progressing", "False");
  if (stuck === undefined) return undefined;
  const message = `${identity}: ${textAt(stuck, "message") ?? "its pods do not become ready"}`;
  const hint = "Look at its pods and their events: an image that cannot be pulled, or no node with room for them.";
  return { code: "WR0706", concerns: "pods", reason: "NoResources", message, hint };
}

function exceedsLimits(message: string): string | undefined {
  if (message.includes("exceeded quota:")) return "Raise the ResourceQuota of the namespace, or free some of it.";
  if (message.includes("failed quota:"))
    return "Give the pods the resources that the quota wants named, in a ProxyClass.";
  if (/(?:maximum|minimum) (?:cpu|memory|[\w./-]+) usage per|limit to request ratio/.test(message)) {
    return "Give the pods resources within the LimitRange of the namespace, in a ProxyClass.";
  }
  return undefined;
}

function conditionOf(object: JsonObject | undefined, type: string, status: string): JsonObject | undefined {
  return listAt(object, "status", "conditions")
    .filter(isObject)
    .find((condition) => condition.type === type && condition.status === status);
}

import { valueAt } from "../../model/json.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { StatusReport } from "../../model/status.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import { supportedFeatures } from "./features.ts";

/** Whether a class is ours, by its controller's name. */
export function isOwnClass(object: SourceObject, controller: string): boolean {
  return valueAt(object.body, "spec", "controllerName") === controller;
}

/** Weir defines no parameters for a class: naming some cannot be honoured. */
export function classParameterProblem(object: SourceObject): string | undefined {
  if (valueAt(object.body, "spec", "parametersRef") === undefined) return undefined;
  return "parametersRef names an object that this controller does not read.";
}

/** Status of a class of ours (GatewayClassStatus): accepted, which version its definitions have, what is supported. */
export function gatewayClassStatus(object: SourceObject): StatusReport {
  const problem = classParameterProblem(object);
  const accepted =
    problem === undefined
      ? met("Accepted", "Accepted", "The class is served by this controller.")
      : unmet("Accepted", "InvalidParameters", problem);
  const version = met("SupportedVersion", "SupportedVersion", "The definitions are of Gateway API v1.6.");
  return {
    object: refOf(object),
    generation: object.generation,
    status: {
      conditions: [accepted, version].map(conditionValue),
      supportedFeatures: supportedFeatures.map((name) => ({ name })),
    },
  };
}

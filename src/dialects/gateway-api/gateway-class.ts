import { valueAt } from "../../model/json.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { StatusReport } from "../../model/status.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import { supportedFeatures } from "./features.ts";
import type { ParameterProblem } from "./parameters.ts";

/** Whether a class is ours, by its controller's name. */
export function isOwnClass(object: SourceObject, controller: string): boolean {
  return valueAt(object.body, "spec", "controllerName") === controller;
}

/**
 * Status of a class of ours (GatewayClassStatus): accepted, which version its definitions have, what is supported.
 * @param problem with its parameters.
 */
export function gatewayClassStatus(object: SourceObject, problem: ParameterProblem | undefined): StatusReport {
  const accepted =
    problem === undefined
      ? met("Accepted", "Accepted", "The class is served by this controller.")
      : unmet("Accepted", "InvalidParameters", problem.message);
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

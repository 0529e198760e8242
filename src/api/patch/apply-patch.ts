import type { KindDefinition } from "../../admission/kind-definition.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { asObject, depthOf, MAX_DEPTH } from "./json-value.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

export const patchTypes: readonly string[] = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

/** The object with the patch applied, not yet admitted. */
export function applyPatch(
  definition: KindDefinition,
  contentType: string,
  object: JsonObject,
  patch: Json,
): JsonObject {
  if (depthOf(patch) > MAX_DEPTH) throw badRequest(`the patch is nested deeper than ${MAX_DEPTH} levels`);
  switch (contentType) {
    case "application/json-patch+json":
      return asObject(applyJsonPatch(object, patch), "the result of the patch");
    case "application/merge-patch+json":
      return applyMergePatch(object, asObject(patch, "a merge patch"));
    case "application/strategic-merge-patch+json":
      return applyStrategicMergePatch(definition, object, asObject(patch, "a strategic merge patch"));
    default:
      throw unsupportedMediaType(patchTypes);
  }
}

import { listAt, objectAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { KindDefinition, Violation } from "./kind-definition.ts";
import {
  finalizerProblem,
  labelProblem,
  labelValueProblem,
  pathSegmentProblem,
  qualifiedNameProblem,
  subdomainProblem,
} from "./rules/names.ts";

/** The API server's validation of ObjectMeta. Values of annotations never appear: tools keep whole objects in them. */

/** Bytes of all annotations together (TotalAnnotationSizeLimitB). */
const maxAnnotationSize = 256 * 1024;

function invalid(message: string | undefined, ...path: readonly string[]): Violation[] {
  return message === undefined ? [] : [{ kind: "invalid", path: ["metadata", ...path], message }];
}

function nameProblem(format: KindDefinition["nameFormat"], name: string): string | undefined {
  switch (format) {
    case "label":
      return labelProblem(name);
    case "subdomain":
      return subdomainProblem(name);
    case "path-segment":
      return pathSegmentProblem(name);
  }
}

export function metadataViolations(definition: KindDefinition, object: JsonObject): readonly Violation[] {
  const name = textAt(object, "metadata", "name") ?? "";
  const generated = (textAt(object, "metadata", "generateName") ?? "") !== "";
  const namespace = textAt(object, "metadata", "namespace") ?? "";
  if (name === "" && !generated) return [{ kind: "missing", path: ["metadata", "name"], message: "is required" }];
  return [
    ...(name === "" ? [] : invalid(nameProblem(definition.nameFormat, name), "name")),
    ...(namespace === "" || !definition.namespaced ? [] : invalid(labelProblem(namespace), "namespace")),
    ...labelViolations(objectAt(object, "metadata", "labels")),
    ...annotationViolations(objectAt(object, "metadata", "annotations")),
    ...finalizerViolations(listAt(object, "metadata", "finalizers")),
  ];
}

function labelViolations(labels: JsonObject): Violation[] {
  return Object.entries(labels).flatMap(([name, value]) => [
    ...invalid(qualifiedNameProblem(name), "labels", name),
    ...(typeof value === "string" ? invalid(labelValueProblem(value), "labels", name) : []),
  ]);
}

function annotationViolations(annotations: JsonObject): Violation[] {
  let size = 0;
  const violations = Object.entries(annotations).flatMap(([name, value]) => {
    size += name.length + (typeof value === "string" ? Buffer.byteLength(value) : 0);
    return invalid(qualifiedNameProblem(name.toLowerCase()), "annotations", name);
  });
  const tooLarge = `holds ${size} bytes in all; at most ${maxAnnotationSize} are allowed`;
  return [...violations, ...invalid(size > maxAnnotationSize ? tooLarge : undefined, "annotations")];
}

function finalizerViolations(names: readonly Json[]): Violation[] {
  return names.flatMap((name, index) => {
    const message = typeof name === "string" ? finalizerProblem(name) : undefined;
    return message === undefined ? [] : [{ kind: "invalid", path: ["metadata", "finalizers", index], message }];
  });
}

/** Labels or annotations as plain texts. */
export function textsOf(values: JsonObject): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) if (typeof value === "string") texts[name] = value;
  return texts;
}

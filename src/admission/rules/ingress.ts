import { listAt, numberAt, objectAt, textAt, valueAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import type { RuleViolation } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";

/** The API server's validation of networking.k8s.io/v1 Ingress and IngressClass. */

export function rulesOrDefaultBackend(ingress: JsonObject): readonly RuleViolation[] {
  return listAt(ingress, "spec", "rules").length === 0 && valueAt(ingress, "spec", "defaultBackend") === undefined
    ? [{ path: ["spec"], message: "has neither rules nor a defaultBackend" }]
    : [];
}

const forbidden = ["//", "/./", "/../", "%2f", "%2F"];
const forbiddenEndings = ["/..", "/."];

export const ingressPath: FieldRule = {
  name: "ingress-path",
  check: (item) => {
    const path = textAt(item, "path") ?? "";
    const violation = (message: string, hint?: string): RuleViolation[] => [
      hint === undefined ? { path: ["path"], message } : { path: ["path"], message, hint },
    ];
    if (textAt(item, "pathType") === "ImplementationSpecific") {
      return path === "" || path.startsWith("/") ? [] : violation(`"${path}" must start with "/"`);
    }
    if (!path.startsWith("/")) {
      return violation(
        path === "" ? "is required for this pathType" : `"${path}" must start with "/"`,
        "Use / for all.",
      );
    }
    const part = forbidden.find((sequence) => path.includes(sequence));
    if (part !== undefined) return violation(`"${path}" contains ${part}, which no normalised request path has`);
    const end = forbiddenEndings.find((sequence) => path.endsWith(sequence));
    return end === undefined ? [] : violation(`"${path}" ends with ${end}, which no normalised request path does`);
  },
};

export const serviceOrResource: FieldRule = {
  name: "ingress-backend-service-or-resource",
  check: (backend) => {
    const service = valueAt(backend, "service") !== undefined;
    const resource = valueAt(backend, "resource") !== undefined;
    if (service !== resource) return [];
    return service
      ? [{ path: ["resource"], message: "cannot be combined with service" }]
      : [{ path: [], message: "names no service", hint: "Set service.name and service.port." }];
  },
};

export const portNameOrNumber: FieldRule = {
  name: "ingress-backend-port",
  check: (service) => {
    const name = textAt(service, "port", "name") ?? "";
    const number = numberAt(service, "port", "number") ?? 0;
    if (name !== "" && number !== 0)
      return [{ path: ["port"], message: "has both a name and a number; one is enough" }];
    if (name !== "" || number !== 0) return [];
    return [{ path: ["port"], message: "has neither a name nor a number", hint: "Set port.number or port.name." }];
  },
};

const classAnnotation = "kubernetes.io/ingress.class";

export function classAgreesWithAnnotation(ingress: JsonObject): readonly RuleViolation[] {
  const annotation = textAt(ingress, "metadata", "annotations", classAnnotation);
  const name = textAt(ingress, "spec", "ingressClassName");
  if (annotation === undefined || name === undefined || annotation === name) return [];
  return [
    {
      path: ["metadata", "annotations", classAnnotation],
      message: `"${annotation}" differs from spec.ingressClassName, "${name}"`,
      hint: "Remove the annotation.",
    },
  ];
}

export const parametersScope: FieldRule = {
  name: "ingress-class-parameters-scope",
  check: (parameters) => {
    const { namespace } = objectAt(parameters);
    if (textAt(parameters, "scope") === "Namespace") {
      return namespace === undefined ? [{ path: ["namespace"], message: "is required when scope is Namespace" }] : [];
    }
    return namespace === undefined ? [] : [{ path: ["namespace"], message: "is not allowed when scope is Cluster" }];
  },
};

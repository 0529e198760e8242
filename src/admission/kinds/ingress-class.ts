import { textAt, valueAt } from "../../model/json.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { controllerPattern, typedReference } from "../fields/names.ts";
import { textRule } from "../rules/each.ts";
import { immutable } from "../rules/immutable.ts";
import { parametersScope } from "../rules/ingress.ts";
import { labelProblem } from "../rules/names.ts";
import { choice, type FieldRule, object, text } from "../shape.ts";

const controllerExpression = new RegExp(controllerPattern);

const controllerName: FieldRule = {
  name: "ingress-class-controller",
  check: (spec) => {
    const name = textAt(spec, "controller") ?? "";
    const hint = "For example weir.dev/ingress.";
    if (name === "") return [{ path: ["controller"], message: "is required", hint }];
    if (name.length > 250) return [{ path: ["controller"], message: "is longer than 250 characters" }];
    if (controllerExpression.test(name)) return [];
    return [{ path: ["controller"], message: `"${name}" is no DNS name followed by "/" and a path`, hint }];
  },
};

const parameters = object(
  "More settings, in another object.",
  {
    ...typedReference,
    namespace: text("Namespace of the object, for scope Namespace.", { rules: [textRule("namespace", labelProblem)] }),
    scope: choice("Whether the object has a namespace.", ["Cluster", "Namespace"], { default: "Cluster" }),
  },
  { required: ["kind", "name"], rules: [parametersScope] },
);

/** networking.k8s.io/v1; the limits are those of the API server's own validation. */
export const ingressClass = defineKind({
  group: "networking.k8s.io",
  versions: ["v1"],
  kind: "IngressClass",
  plural: "ingressclasses",
  singular: "ingressclass",
  namespaced: false,
  hasStatus: false,
  builtIn: true,
  description: "A class of Ingresses, implemented by one controller.",
  fields: {
    spec: object(
      "Who implements the class.",
      {
        controller: text("Name of the controller: a DNS prefix, a slash and a path."),
        parameters,
      },
      { rules: [controllerName] },
    ),
  },
  required: ["spec"],
  updateRules: [immutable("spec", "controller")],
  columns: [
    textColumn("Controller", "Name of the controller.", "spec", "controller"),
    {
      name: "Parameters",
      type: "string",
      description: "The object with more settings.",
      priority: 0,
      value: (object) => {
        if (valueAt(object, "spec", "parameters") === undefined) return "<none>";
        const group = textAt(object, "spec", "parameters", "apiGroup");
        const kind = textAt(object, "spec", "parameters", "kind") ?? "";
        const name = textAt(object, "spec", "parameters", "name") ?? "";
        return group === undefined ? `${kind}/${name}` : `${kind}.${group}/${name}`;
      },
    },
    ageColumn,
  ],
});

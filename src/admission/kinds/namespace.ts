import { textAt } from "../../model/json.ts";
import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { textRule } from "../rules/each.ts";
import { finalizerProblem } from "../rules/names.ts";
import { keyed, list, object, text } from "../shape.ts";

const condition = object(
  "One observation about the Namespace.",
  {
    lastTransitionTime: text("When `status` last changed.", { format: "date-time", nullable: true }),
    message: text("Details for people."),
    reason: text("Why, as one word for programs."),
    status: text("True, False or Unknown."),
    type: text("Name of the condition."),
  },
  { required: ["status", "type"] },
);

const finalizer = text("A name.", { minLength: 1, rules: [textRule("finalizer", finalizerProblem)] });

/** core/v1. */
export const namespace = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
  hasStatus: true,
  builtIn: true,
  nameFormat: "label",
  description: "A scope for names, selected by its labels.",
  fields: {
    spec: object("The wanted Namespace.", {
      finalizers: list("Names of those who must act before the Namespace goes.", finalizer),
    }),
    status: object("State of the Namespace.", {
      conditions: keyed("What is known about the Namespace.", ["type"], condition, {
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "type",
      }),
      phase: text("Active or Terminating."),
    }),
  },
  columns: [
    {
      name: "Status",
      type: "string",
      description: "Whether the Namespace is in use.",
      priority: 0,
      value: (object) => textAt(object, "status", "phase") ?? "Active",
    },
    ageColumn,
  ],
});

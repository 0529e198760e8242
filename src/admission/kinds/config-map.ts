import { objectAt } from "../../model/json.ts";
import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { base64Value, configMapSize, dataKeys, immutableData, keyInOneBag } from "../rules/secret.ts";
import { flag, map, text } from "../shape.ts";

/** core/v1. */
export const configMap = defineKind({
  group: "",
  versions: ["v1"],
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  namespaced: true,
  hasStatus: false,
  builtIn: true,
  description: "Settings and public certificates by name.",
  fields: {
    binaryData: map(
      "Values that are not text, in base64.",
      text("A value, in base64.", { format: "byte", rules: [base64Value] }),
      {
        rules: [dataKeys],
      },
    ),
    data: map("Values as text.", text("A value."), { rules: [dataKeys] }),
    immutable: flag("Whether the data is fixed for the life of the object."),
  },
  rules: [keyInOneBag, configMapSize],
  updateRules: [immutableData("data", "binaryData")],
  columns: [
    {
      name: "Data",
      type: "integer",
      description: "Number of values.",
      priority: 0,
      value: (object) =>
        Object.keys(objectAt(object, "data")).length + Object.keys(objectAt(object, "binaryData")).length,
    },
    ageColumn,
  ],
});

import { objectAt, textAt, valueAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { immutable } from "../rules/immutable.ts";
import { base64Value, dataKeys, immutableData, secretFitsType, secretSize } from "../rules/secret.ts";
import { flag, map, text } from "../shape.ts";

/** `stringData` is written by people only: its values take the place of those under `data`, encoded. */
function complete(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(objectAt(secret, "stringData")).map(([key, value]) => [
    key,
    Buffer.from(typeof value === "string" ? value : "", "utf8").toString("base64"),
  ]);
  return { ...rest, data: { ...objectAt(secret, "data"), ...Object.fromEntries(encoded) } };
}

/** core/v1. */
export const secret = defineKind({
  group: "",
  versions: ["v1"],
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  namespaced: true,
  hasStatus: false,
  builtIn: true,
  confidential: true,
  description: "Certificates, keys and other things not to be shown.",
  fields: {
    data: map("Values, in base64.", text("A value, in base64.", { format: "byte", rules: [base64Value] }), {
      rules: [dataKeys],
    }),
    immutable: flag("Whether the data is fixed for the life of the object."),
    stringData: map("Values as plain text; written only, and merged into `data`.", text("A value."), {
      rules: [dataKeys],
    }),
    type: text("What the Secret holds, for example kubernetes.io/tls.", { default: "Opaque" }),
  },
  complete,
  rules: [secretFitsType, secretSize],
  updateRules: [immutable("type"), immutableData("data")],
  columns: [
    {
      name: "Type",
      type: "string",
      description: "What the Secret holds.",
      priority: 0,
      value: (object) => textAt(object, "type") ?? "",
    },
    {
      name: "Data",
      type: "integer",
      description: "Number of values.",
      priority: 0,
      value: (object) => Object.keys(objectAt(valueAt(object, "data"))).length,
    },
    ageColumn,
  ],
});

import { listAt, textAt } from "../model/json.ts";
import type { PrinterColumn } from "./kind-definition.ts";

/** Columns that several kinds have. */

export const ageColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  description: "Time since the object was created.",
  priority: 0,
  value: (object) => textAt(object, "metadata", "creationTimestamp") ?? "",
};

export function textColumn(name: string, description: string, ...path: readonly string[]): PrinterColumn {
  return { name, type: "string", description, priority: 0, value: (object) => textAt(object, ...path) ?? "" };
}

/** A list of texts, shown as JSON the way columns of custom resources show lists. */
export function textsColumn(name: string, description: string, ...path: readonly string[]): PrinterColumn {
  return {
    name,
    type: "string",
    description,
    priority: 0,
    value: (object) => {
      const texts = listAt(object, ...path);
      return texts.length === 0 ? "" : JSON.stringify(texts);
    },
  };
}

/** The status of one condition: True, False, Unknown, or empty where nobody has spoken yet. */
export function conditionColumn(type: string): PrinterColumn {
  return {
    name: type,
    type: "string",
    description: `Status of the condition ${type}.`,
    priority: 0,
    value: (object) => {
      const found = listAt(object, "status", "conditions").find((condition) => textAt(condition, "type") === type);
      return textAt(found, "status") ?? "";
    },
  };
}

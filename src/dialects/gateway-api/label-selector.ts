import { listAt, objectAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

/** Reads a Kubernetes label selector (meta/v1 LabelSelector). */
export function readSelector(selector: Json | undefined): LabelSelector {
  const matchLabels: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectAt(selector, "matchLabels"))) {
    if (typeof value === "string") matchLabels[name] = value;
  }
  const matchExpressions = listAt(selector, "matchExpressions").map((expression) => ({
    key: textAt(expression, "key") ?? "",
    operator: textAt(expression, "operator") ?? "",
    values: listAt(expression, "values").filter((value) => typeof value === "string"),
  }));
  return { matchLabels, matchExpressions };
}

/** An empty selector selects everything; an unknown operator selects nothing. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const [name, value] of Object.entries(selector.matchLabels)) if (labels[name] !== value) return false;
  return selector.matchExpressions.every(({ key, operator, values }) => {
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return label !== undefined && values.includes(label);
      case "NotIn":
        return label === undefined || !values.includes(label);
      case "Exists":
        return label !== undefined;
      case "DoesNotExist":
        return label === undefined;
      default:
        return false;
    }
  });
}

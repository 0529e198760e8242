import { isList, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { OpenApiSchema } from "../kind-definition.ts";
import { compile, type Fit, type FitOptions, type FitRun, orZero, report, typeName } from "./fit.ts";

export function fitList(schema: OpenApiSchema, options: FitOptions): Fit {
  const { items = {} } = schema;
  const fit = compile(items, options);
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const keyOf = options.builtIn ? undefined : itemKey(schema);
  return (value, run) => {
    if (!isList(value)) {
      const hint =
        typeof value === "object" && value !== null ? 'Put "- " before the first field of each item.' : undefined;
      report(run, "type", `must be a list, not ${typeName(value)}`, hint);
      return undefined;
    }
    if (value.length < minItems) {
      report(run, "invalid", minItems === 1 ? "must not be empty" : `must have at least ${minItems} items`);
    }
    if (value.length > maxItems) report(run, "invalid", `has ${value.length} items; at most ${maxItems} are allowed`);
    const fitted: Json[] = [];
    value.forEach((item, index) => {
      run.path.push(index);
      const result = fit(orZero(item, items, options), run);
      if (result !== undefined) fitted.push(result);
      run.path.pop();
    });
    if (keyOf !== undefined && fitted.length === value.length) reportRepeats(fitted, keyOf, run);
    return fitted;
  };
}

/** What tells items apart, for lists that say so. */
function itemKey(schema: OpenApiSchema): ((item: Json) => string) | undefined {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return (item) => JSON.stringify(item);
  if (type !== "map") return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return (item) => JSON.stringify(keys.map((key) => valueAt(item, key) ?? null));
}

function reportRepeats(items: readonly Json[], keyOf: (item: Json) => string, run: FitRun): void {
  if (items.length < 2) return;
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, index);
      return;
    }
    run.path.push(index);
    report(run, "invalid", `repeats item ${first} of the list (counting from 0)`);
    run.path.pop();
  });
}

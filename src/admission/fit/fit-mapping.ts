import { isObject } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { OpenApiSchema } from "../kind-definition.ts";
import { compile, type Fit, type FitOptions, orZero, report, typeName } from "./fit.ts";
import { similar } from "./similar.ts";

interface Field {
  readonly fit: Fit;
  readonly schema: OpenApiSchema;
  readonly required: boolean;
  /** The default with the defaults of its own parts filled in. */
  readonly byDefault: Json | undefined;
}

/** A whole object. Its metadata is read by the API server's own types, whatever the kind. */
export function fitObject(schema: OpenApiSchema, options: FitOptions): Fit {
  return fitFields(schema, options, (name) => (name === "metadata" ? { ...options, builtIn: true } : options));
}

/** A mapping with named fields, or with free keys. */
export function fitMapping(schema: OpenApiSchema, options: FitOptions): Fit {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined) return fitFields(schema, options, () => options);
  return fitFreeKeys(schema, additionalProperties, options);
}

function fitFields(schema: OpenApiSchema, options: FitOptions, optionsOf: (name: string) => FitOptions): Fit {
  const fields = new Map(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [
      name,
      fieldOf(name, field, schema, optionsOf(name)),
    ]),
  );
  const names = [...fields.keys()];
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return (value, run) => {
    if (!isObject(value)) return wrongType(value, run);
    const fitted: Record<string, Json> = {};
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const field = fields.get(name);
      run.path.push(name);
      if (field !== undefined) {
        const result = isLeftOut(item, field, options) ? undefined : field.fit(item, run);
        if (result !== undefined) fitted[name] = result;
      } else if (keepsUnknown) {
        Object.defineProperty(fitted, name, { value: item, enumerable: true, writable: true, configurable: true });
      } else {
        const close = similar(name, names);
        report(run, "unknown-field", "no such field", close === undefined ? undefined : `Did you mean ${close}?`);
      }
      run.path.pop();
    }
    for (const [name, field] of fields) {
      const given = value[name];
      if (given !== undefined && !isLeftOut(given, field, options)) continue;
      if (field.byDefault !== undefined) fitted[name] = field.byDefault;
      else if (field.required) {
        run.path.push(name);
        report(run, "missing", "is required", field.schema.description);
        run.path.pop();
      }
    }
    return fitted;
  };
}

function fieldOf(name: string, schema: OpenApiSchema, parent: OpenApiSchema, options: FitOptions): Field {
  const fit = compile(schema, options);
  const { default: given } = schema;
  const byDefault = given === undefined ? undefined : fit(given, { path: [], violations: [] });
  return { fit, schema, required: parent.required?.includes(name) ?? false, byDefault };
}

/**
 * Null stands for "not given" wherever the schema does not allow it as a value (apiextensions.k8s.io/v1, `nullable`), and in built-in kinds
 * everywhere. In these an empty text does too where there is a default or only certain words are allowed: it is the zero value of the API
 * server's own types.
 */
function isLeftOut(value: Json, { schema, byDefault }: Field, options: FitOptions): boolean {
  if (value === "") return options.builtIn && (schema.enum !== undefined || byDefault !== undefined);
  return value === null && (options.builtIn || schema.nullable !== true);
}

function fitFreeKeys(schema: OpenApiSchema, values: OpenApiSchema, options: FitOptions): Fit {
  const fit = compile(values, options);
  const { maxProperties = Number.POSITIVE_INFINITY } = schema;
  return (value, run) => {
    if (!isObject(value)) return wrongType(value, run);
    const entries = Object.entries(value);
    if (entries.length > maxProperties) {
      report(run, "invalid", `has ${entries.length} entries; at most ${maxProperties} are allowed`);
    }
    const fitted: Record<string, Json> = {};
    for (const [name, item] of entries) {
      run.path.push(name);
      if (name === "__proto__") report(run, "unknown-field", "cannot be used as a name");
      else if (item !== undefined && (item !== null || options.builtIn || values.nullable === true)) {
        const result = fit(orZero(item, values, options), run);
        if (result !== undefined) fitted[name] = result;
      }
      run.path.pop();
    }
    return fitted;
  };
}

function wrongType(value: Json, run: Parameters<Fit>[1]): undefined {
  report(run, "type", `must be a mapping, not ${typeName(value)}`);
  return undefined;
}

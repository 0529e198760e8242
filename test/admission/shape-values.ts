import fc from "fast-check";
import { fitterOf } from "../../src/admission/fit/fit.ts";
import { type Shape, schemaOf } from "../../src/admission/shape.ts";
import { isObject } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";

/** Texts that mean something to some field or rule; each field takes those its own schema allows. */
const texts = [
  "",
  "a",
  "b",
  "web",
  "Service",
  "Gateway",
  "core.example",
  "gateway.networking.k8s.io",
  "a.example",
  "*.a.example",
  "*.b",
  "10.0.0.1",
  "::1",
  "2001:db8::1",
  "IPAddress",
  "Hostname",
  "NamedAddress",
  "x.example/kind",
  "HTTP",
  "HTTPS",
  "TLS",
  "TCP",
  "UDP",
  "0s",
  "1s",
  "1000ms",
  "1m",
  "59s1500ms",
  "1h2m",
  "/",
  "/a",
  "/a//b",
  "/a/./b",
  "/a/../b",
  "/a/..",
  "/a/.",
  "/a%2fb",
  "/a%2Fb",
  "/a%20b",
  "/a#b",
  "/ä",
  "relative",
  "*",
  "GET",
  "https://a.example",
  "shop.v1.Cart",
  ".Shop",
  "1Cart",
  "AddItem",
  "System",
  "spiffe://a/b",
  "301",
  "-a",
  "a_b",
  "UPPER",
] as const;

const keys = [
  "a",
  "example.com/a",
  "-a",
  "a/",
  "A.b_c",
  `${"x".repeat(252)}/a`,
  `${"x".repeat(253)}/a`,
  "a/b/c",
] as const;

/** Random values that fit a shape but for its rules; the defaults are not filled in yet. */
export function valuesOf(shape: Shape): fc.Arbitrary<Json> {
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  switch (shape.type) {
    case "string":
      return fc.constantFrom(...textsFitting(shape));
    case "integer":
      return fc.constantFrom(...numbersFitting(shape));
    case "boolean":
      return fc.boolean();
    case "array":
      return listsOf(shape);
    case "object":
      return shape.additionalProperties === undefined ? objectsOf(shape) : mapsOf(shape.additionalProperties);
    default:
      return fc.constantFrom("http", 80);
  }
}

/** Lists in which items come again, as they were or with a field left out: what rules about repeats are about. */
function listsOf(shape: Shape): fc.Arbitrary<Json> {
  const item = shape.items ?? {};
  const optional = Object.keys(item.properties ?? {}).filter((name) => !(item.required ?? []).includes(name));
  const items = fc.array(valuesOf(item), { minLength: Math.min(shape.minItems ?? 0, 2), maxLength: 2 });
  const echoes = fc.array(fc.record({ from: fc.nat(1), without: fc.option(fc.constantFrom(...optional, "")) }), {
    maxLength: 2,
  });
  return fc.tuple(items, echoes).map(([list, again]) => {
    const repeated = again.flatMap(({ from, without }): readonly Json[] => {
      const value = list[from];
      if (value === undefined) return [];
      if (!isObject(value) || without === null) return [value];
      const { [without]: _left, ...rest } = value;
      return [rest];
    });
    return [...list, ...repeated].slice(0, shape.maxItems ?? 4);
  });
}

function objectsOf(shape: Shape): fc.Arbitrary<JsonObject> {
  const fields: Record<string, fc.Arbitrary<Json>> = {};
  for (const [name, field] of Object.entries(shape.properties ?? {})) {
    if (field.type !== "string" || field.enum !== undefined || textsFitting(field).length > 0)
      fields[name] = valuesOf(field);
  }
  const requiredKeys = (shape.required ?? []).filter((name) => fields[name] !== undefined);
  return fc.record(fields, { requiredKeys });
}

function mapsOf(values: Shape): fc.Arbitrary<JsonObject> {
  return fc.dictionary(fc.constantFrom(...keys), valuesOf(values), { maxKeys: 3 });
}

function fits(shape: Shape, value: Json): boolean {
  const fit = fitterOf(
    { type: "object", properties: { value: schemaOf(shape) } },
    { builtIn: false, confidential: false },
  );
  return fit({ value }).violations.length === 0;
}

function textsFitting(shape: Shape): readonly string[] {
  return texts.filter((text) => fits(shape, text));
}

function numbersFitting(shape: Shape): readonly number[] {
  return [0, 1, 2, 50, 80, 100, 443, 500].filter((number) => fits(shape, number));
}

/** The value with its defaults. */
export function withDefaults(shape: Shape, value: Json): Json {
  const fit = fitterOf(
    { type: "object", properties: { value: schemaOf(shape) } },
    { builtIn: false, confidential: false },
  );
  return fit({ value }).object.value ?? value;
}

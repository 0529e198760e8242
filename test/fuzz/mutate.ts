import { isObject } from "../../src/model/json.ts";
import type { Json, JsonObject, SourceObject } from "../../src/model/source-object.ts";

/** What people and programs put where something else belongs. */
const oddValues: readonly Json[] = [
  null,
  "",
  "*",
  "..",
  "/",
  "//",
  "%",
  "%REQ(:path)%",
  "a\r\nb",
  "\u0000",
  "ü.example.com",
  "x".repeat(5000),
  "(?=look)",
  "[",
  "(a+)+$",
  "0.0.0.0/0",
  "::1",
  "-1",
  -1,
  0,
  65_536,
  1e21,
  0.5,
  true,
  [],
  {},
  [[]],
  { a: { b: { c: [1] } } },
];

/** The object with one value of its content, chosen by `where`, replaced by an odd one, removed, or doubled, chosen by `how`. */
export function mutateObject(object: SourceObject, where: number, how: number): SourceObject {
  const content = Object.keys(object.body).filter((name) => !["apiVersion", "kind", "metadata"].includes(name));
  const places = content.flatMap((name) => placesIn(object.body[name], [name]));
  const place = places[where % Math.max(1, places.length)];
  if (place === undefined) return object;
  const body = replaceAt(object.body, place, (value) => change(value, how));
  return isObject(body) ? { ...object, body } : object;
}

function change(value: Json | undefined, how: number): Json | undefined {
  if (how % 8 === 0) return undefined;
  if (how % 8 === 1 && Array.isArray(value)) return [...value, ...value];
  return oddValues[how % oddValues.length];
}

function placesIn(value: Json | undefined, path: readonly string[]): (readonly string[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => placesIn(item, [...path, String(index)]))];
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

function replaceAt(
  value: Json | undefined,
  path: readonly string[],
  edit: (value: Json | undefined) => Json | undefined,
): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return edit(value);
  if (Array.isArray(value)) {
    const items = value.map((item: Json, index) => (String(index) === head ? replaceAt(item, rest, edit) : item));
    return items.filter((item) => item !== undefined);
  }
  if (!isObject(value)) return value;
  const copy: Record<string, Json | undefined> = { ...value, [head]: replaceAt(value[head], rest, edit) };
  if (copy[head] === undefined) delete copy[head];
  const result: JsonObject = copy;
  return result;
}

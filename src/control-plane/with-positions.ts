import { isList, isObject, textAt } from "../model/json.ts";
import type { LocatePosition } from "../model/provenance.ts";
import type { Json } from "../model/source-object.ts";

/** Where another text counts: below fields of these names. */
export type LocateBelow = Readonly<Record<string, LocatePosition>>;

/** The value as JSON in which every origin (a provenance) also has the position it leads to, where its source has text. */
export function withPositions(value: unknown, locate: LocatePosition, below: LocateBelow = {}): Json {
  return placed(JSON.parse(JSON.stringify(value ?? null)), locate, below);
}

function placed(value: Json, locate: LocatePosition, below: LocateBelow): Json {
  if (isList(value)) return value.map((element) => placed(element, locate, below));
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, element]) => [
      name,
      element === undefined ? undefined : placed(element, below[name] ?? locate, below),
    ]),
  );
  const { source, object, path } = value;
  if (typeof source !== "string" || !isObject(object) || !isList(path)) return inner;
  const position = locate({
    source,
    object: {
      group: textAt(object, "group") ?? "",
      kind: textAt(object, "kind") ?? "",
      namespace: textAt(object, "namespace") ?? "",
      name: textAt(object, "name") ?? "",
      scope: textAt(object, "scope") ?? "",
    },
    path: path.filter((step) => typeof step === "string" || typeof step === "number"),
  });
  return position === undefined ? inner : { ...inner, position: { ...position } };
}

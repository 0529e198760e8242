import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { FieldPath } from "../../../model/provenance.ts";
import { parseYaml } from "./yaml-schema.ts";

/** Line and column, counted from 1, within a text. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds the deepest field that exists on the way of a path, in one parsed text: the key of a mapping's field, the start of a list's
 * item. For a field that is missing this is the field around it.
 */
export type FindPlace = (document: number, path: FieldPath) => Place;

/** Parses once; each search afterwards is a walk. */
export function placesIn(text: string): FindPlace {
  const { documents, lines } = parseYaml(text);
  return (document, path) => {
    const parsed = documents[document];
    const { line, col } = lines.linePos(parsed === undefined ? 0 : offsetOf(parsed, path));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

function offsetOf(parsed: Document.Parsed, path: FieldPath): number {
  let node: unknown = parsed.contents;
  let offset = isNode(node) ? startOf(node, parsed.range[0]) : parsed.range[0];
  for (const step of path) {
    const resolved = isAlias(node) ? node.resolve(parsed) : node;
    const next = isMap(resolved) ? fieldOf(resolved.items, String(step), parsed) : itemOf(resolved, step);
    if (next === undefined) break;
    offset = next.offset ?? offset;
    node = next.node;
  }
  return offset;
}

interface Step {
  readonly offset: number | undefined;
  readonly node: unknown;
}

function itemOf(node: unknown, step: string | number): Step | undefined {
  if (!isSeq(node) || typeof step !== "number" || step >= node.items.length) return undefined;
  const item = node.items[step];
  return { offset: isNode(item) ? startOf(item, undefined) : undefined, node: item };
}

/** A field of a mapping; what merge keys (`<<`) bring in comes after the mapping's own fields. */
function fieldOf(pairs: readonly unknown[], name: string, parsed: Document.Parsed): Step | undefined {
  let merged: Step | undefined;
  for (const pair of pairs) {
    if (!isPair(pair)) continue;
    if (keyText(pair) === name)
      return { offset: isNode(pair.key) ? startOf(pair.key, undefined) : undefined, node: pair.value };
    if (keyText(pair) === "<<") merged ??= mergedField(pair.value, name, parsed);
  }
  return merged;
}

function mergedField(value: unknown, name: string, parsed: Document.Parsed): Step | undefined {
  const source = isAlias(value) ? value.resolve(parsed) : value;
  if (isMap(source)) return fieldOf(source.items, name, parsed);
  if (!isSeq(source)) return undefined;
  for (const item of source.items) {
    const found = mergedField(item, name, parsed);
    if (found !== undefined) return found;
  }
  return undefined;
}

function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  const { value } = pair.key;
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    case "symbol":
      return value.description;
    default:
      return "";
  }
}

function startOf<Default>(node: Node, otherwise: Default): number | Default {
  return node.range?.[0] ?? otherwise;
}

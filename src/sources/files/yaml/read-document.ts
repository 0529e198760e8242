import { type Document, isAlias, visit } from "yaml";
import type { Json } from "../../../model/source-object.ts";
import { maxDepth, maxValues, toJson } from "./to-json.ts";
import { explain } from "./yaml-problem.ts";
import { parseYaml, type YamlText } from "./yaml-schema.ts";

/** Why a text gives no document. Line and column count from 1, within the text. */
export interface TextProblem {
  readonly code: "WR0101" | "WR0108";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

export interface DocumentContent {
  /** What the text holds, empty documents left out; `document` counts those too. Usually one. */
  readonly values: readonly { readonly document: number; readonly value: Json }[];
  /** The first problem only: those behind it are mostly its echoes. */
  readonly problem: TextProblem | undefined;
}

/** Reads the text of a document, whatever it holds: never throws. */
export function readDocument(text: string): DocumentContent {
  const nothing = (problem: TextProblem): DocumentContent => ({ values: [], problem });
  let yaml: YamlText;
  try {
    yaml = parseYaml(text);
  } catch {
    return nothing(tooDeep(1, 1));
  }
  const values: { document: number; value: Json }[] = [];
  for (const [document, parsed] of yaml.documents.entries()) {
    const problem = parserProblem(parsed, text, yaml) ?? aliasProblem(parsed, yaml);
    if (problem !== undefined) return nothing(problem);
    const value = plainValue(parsed, yaml);
    if (value.problem !== undefined) return nothing(value.problem);
    if (value.json !== null) values.push({ document, value: value.json });
  }
  return { values, problem: undefined };
}

function tooDeep(line: number, column: number): TextProblem {
  return { code: "WR0108", line, column, message: `the document is nested more than ${maxDepth} levels deep` };
}

function place(yaml: YamlText, offset: number): { line: number; column: number } {
  const { line, col } = yaml.lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function parserProblem(parsed: Document.Parsed, text: string, yaml: YamlText): TextProblem | undefined {
  const exhausted = parsed.errors.find((error) => error.code === "RESOURCE_EXHAUSTION");
  if (exhausted !== undefined) {
    const { line, column } = place(yaml, exhausted.pos[0]);
    return tooDeep(line, column);
  }
  const [first] = parsed.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return undefined;
  return { code: "WR0101", ...place(yaml, first.pos[0]), ...explain(first.code, text, first.pos[0]) };
}

/** An alias (`*name`) without its anchor: mostly a pattern like *.example.com that needs quotes. */
function aliasProblem(parsed: Document.Parsed, yaml: YamlText): TextProblem | undefined {
  let problem: TextProblem | undefined;
  const anchors = new Set<string>();
  visit(parsed, {
    Node(_key, node) {
      if (isAlias(node)) {
        if (anchors.has(node.source)) return undefined;
        problem = {
          code: "WR0101",
          ...place(yaml, node.range?.[0] ?? 0),
          message: "an alias (*) whose anchor (&) is not defined before it",
          hint: "Put a value that starts with * in quotes.",
        };
        return visit.BREAK;
      }
      if (node.anchor !== undefined) anchors.add(node.anchor);
      return undefined;
    },
  });
  return problem;
}

type ReadValue =
  | { readonly json: Json; readonly problem: undefined }
  | { readonly json?: undefined; readonly problem: TextProblem };

function plainValue(parsed: Document.Parsed, yaml: YamlText): ReadValue {
  const { line, column } = place(yaml, parsed.range[0]);
  const tooMany: TextProblem = {
    code: "WR0108",
    line,
    column,
    message: `the document repeats anchors too often, or holds more than ${maxValues} values`,
    hint: "Write the repeated parts out, or split the document.",
  };
  let plain: unknown;
  try {
    plain = parsed.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { problem: error instanceof RangeError ? tooDeep(line, column) : tooMany };
  }
  const conversion = toJson(plain);
  switch (conversion.kind) {
    case "json":
      return { json: conversion.value, problem: undefined };
    case "too-deep":
      return { problem: tooDeep(line, column) };
    case "too-many":
      return { problem: tooMany };
  }
}

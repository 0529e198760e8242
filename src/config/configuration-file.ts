import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { similar } from "../admission/fit/similar.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject, valueAt } from "../model/json.ts";
import type { Position } from "../model/provenance.ts";
import type { Json } from "../model/source-object.ts";
import { configurationProblem } from "./problem.ts";
import type { Setting } from "./setting.ts";

/** A configuration file as written, ready to be asked for settings. */
export interface ConfigurationFile {
  readonly name: string;
  /** Undefined where the file does not say. */
  value(setting: Setting<unknown>): { readonly json: Json; readonly position: Position } | undefined;
  readonly problems: readonly Diagnostic[];
}

/** Reads the text of a configuration file. What is not YAML or not a setting becomes a problem, never an exception. */
export function readConfigurationFile(
  name: string,
  content: string,
  known: readonly Setting<unknown>[],
): ConfigurationFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  const [firstError] = document.errors;
  if (firstError !== undefined) {
    return {
      name,
      value: () => undefined,
      problems: [configurationProblem("WR0601", [], firstError.message, undefined, at(firstError.pos[0]))],
    };
  }
  const root = toJson(document);
  if (root !== null && !isObject(root)) {
    const message = "the configuration is not a mapping of settings";
    return { name, value: () => undefined, problems: [configurationProblem("WR0601", [], message, undefined, at(0))] };
  }
  return {
    name,
    value: (setting) => {
      const path = setting.path.split(".");
      const json = valueAt(root ?? {}, ...path);
      if (json === undefined) return undefined;
      return { json, position: at(offsetOf(document.getIn(path, true)) ?? 0) };
    },
    problems: unknownSettings(document.contents, known, at),
  };
}

function toJson(document: { toJS(): unknown }): Json {
  return JSON.parse(JSON.stringify(document.toJS() ?? null));
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  return typeof node.range[0] === "number" ? node.range[0] : undefined;
}

function unknownSettings(
  contents: Node | null,
  known: readonly Setting<unknown>[],
  at: (offset: number) => Position,
): readonly Diagnostic[] {
  const paths = known.map((setting) => setting.path);
  const groups = new Set(
    paths.filter((path) => path.includes(".")).map((path) => path.slice(0, path.lastIndexOf("."))),
  );
  const problems: Diagnostic[] = [];
  const visit = (node: unknown, above: readonly string[]): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const path = [...above, name];
      const written = path.join(".");
      if (paths.includes(written)) continue;
      const position = at(offsetOf(key) ?? 0);
      if (!groups.has(written)) {
        const nearest = similar(written, [...paths, ...groups]);
        const hint = nearest === undefined ? "`weir up --help` lists the settings" : `did you mean ${nearest}?`;
        problems.push(configurationProblem("WR0602", path, `there is no setting ${written}`, hint, position));
      } else if (isMap(value)) visit(value, path);
      else if (!(isScalar(value) && value.value === null) && value !== null) {
        const message = `${written} is a group of settings, not a value`;
        problems.push(configurationProblem("WR0603", path, message, undefined, position));
      }
    }
  };
  visit(contents, []);
  return problems;
}

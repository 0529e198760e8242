import { objectAt, textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { badRequest } from "../api-error.ts";

/** Whether an object is wanted. */
export type Selector = (object: JsonObject) => boolean;

type LabelRequirement = (labels: JsonObject) => boolean;

/**
 * A label selector as kubectl's -l sends it: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, joined by commas
 * (apimachinery, labels.Parse). A requirement of inequality holds for objects without the label.
 */
export function parseLabelSelector(text: string): Selector | undefined {
  const requirements = splitAtCommas(text).map(parseLabelRequirement);
  if (requirements.length === 0) return undefined;
  return (object) => {
    const labels = objectAt(object, "metadata", "labels");
    return requirements.every((requirement) => requirement(labels));
  };
}

const KEY = "[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?";
const VALUE = "[-A-Za-z0-9_.]*";
const inSet = new RegExp(`^(?<key>${KEY})\\s+(?<operator>in|notin)\\s*\\((?<values>[^()]*)\\)$`);
const comparison = new RegExp(`^(?<key>${KEY})\\s*(?<operator>==|=|!=|>|<)\\s*(?<value>${VALUE})$`);
const existence = new RegExp(`^(?<not>!?)\\s*(?<key>${KEY})$`);

function parseLabelRequirement(text: string): LabelRequirement {
  const set = inSet.exec(text)?.groups;
  if (set !== undefined) {
    const { key = "", operator, values = "" } = set;
    const wanted = values.split(",").map((value) => value.trim());
    if (!wanted.every((value) => new RegExp(`^${VALUE}$`).test(value))) throw unparsable("label", text);
    const isIn = (labels: JsonObject) => wanted.some((value) => labels[key] === value);
    return operator === "in" ? isIn : (labels) => !isIn(labels);
  }
  const compared = comparison.exec(text)?.groups;
  if (compared !== undefined) return parseComparison(text, compared);
  const exists = existence.exec(text)?.groups;
  if (exists === undefined) throw unparsable("label", text);
  const { key = "", not } = exists;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

function parseComparison(text: string, { key = "", operator, value = "" }: Record<string, string>): LabelRequirement {
  switch (operator) {
    case "=":
    case "==":
      return (labels) => labels[key] === value;
    case "!=":
      return (labels) => labels[key] !== value;
    default: {
      if (!/^-?\d+$/.test(value)) throw unparsable("label", text);
      const isWanted = (label: number) => (operator === ">" ? label > Number(value) : label < Number(value));
      return (labels) => {
        const label = labels[key];
        return typeof label === "string" && /^-?\d+$/.test(label) && isWanted(Number(label));
      };
    }
  }
}

/** Commas inside parentheses belong to a set. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      part += character;
    }
  }
  parts.push(part);
  const trimmed = parts.map((each) => each.trim());
  return trimmed.every((each) => each === "") ? [] : trimmed;
}

export interface FieldSelector {
  readonly selects: Selector;
  /** The one name that can be selected, where the selector says so. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

const selectableFields: ReadonlyMap<string, readonly string[]> = new Map([
  ["metadata.name", ["metadata", "name"]],
  ["metadata.namespace", ["metadata", "namespace"]],
]);

/** `metadata.name=web,metadata.namespace!=default`: the two fields every kind can be selected by. */
export function parseFieldSelector(text: string): FieldSelector | undefined {
  const terms = text.split(",").filter((term) => term.trim() !== "");
  if (terms.length === 0) return undefined;
  const exact = new Map<string, string>();
  const selectors = terms.map((term): Selector => {
    const match = /^\s*([A-Za-z0-9.]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(term);
    if (match === null) throw unparsable("field", term);
    const [, field = "", operator, value = ""] = match;
    const path = selectableFields.get(field);
    if (path === undefined) throw badRequest(`field label not supported: ${field}`);
    if (operator === "!=") return (object) => (textAt(object, ...path) ?? "") !== value;
    exact.set(field, value);
    return (object) => (textAt(object, ...path) ?? "") === value;
  });
  return {
    selects: (object) => selectors.every((selects) => selects(object)),
    name: exact.get("metadata.name"),
    namespace: exact.get("metadata.namespace"),
  };
}

function unparsable(kind: string, text: string): Error {
  return badRequest(`unable to parse requirement of the ${kind} selector: ${JSON.stringify(text)}`);
}

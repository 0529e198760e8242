import type { FullMatch } from "../compile/pattern.ts";
import { matchesValue } from "../compile/predicates.ts";
import type { PathMatch, ValueMatch } from "../model/match.ts";
import { textsMatching } from "./pattern-text.ts";

/** Paths that match, the plainest first, and their neighbours, which mostly do not. */
export interface PathTexts {
  readonly matching: readonly string[];
  readonly near: readonly string[];
}

/** What can be sent in a request line: no query, no fragment, nothing that must be escaped. */
const sendable = /^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/;

/** One segment above, one below, and the same with more letters, besides what matches. */
export function pathTexts(match: PathMatch | undefined, regex: FullMatch): PathTexts {
  const { matching, near } = allPathTexts(match, regex);
  const usable = (paths: readonly string[]): readonly string[] =>
    [...new Set(paths)].filter((path) => sendable.test(path));
  return { matching: usable(matching), near: usable(near) };
}

function allPathTexts(match: PathMatch | undefined, regex: FullMatch): PathTexts {
  if (match === undefined) return { matching: ["/"], near: ["/any"] };
  const { value } = match;
  const plain = value.replace(/\/+$/, "");
  switch (match.kind) {
    case "exact":
      return {
        matching: [value],
        near: [`${plain}/below`, above(value), value.endsWith("/") ? plain || "/" : `${value}/`],
      };
    case "segment-prefix":
      return { matching: [plain || "/", `${plain}/below`], near: plain === "" ? [] : [above(plain), `${plain}more`] };
    case "string-prefix":
      return { matching: [value, `${value}more`, `${plain}/below`], near: [above(value)] };
    case "regex": {
      const matching = textsMatching(value, regex, match.ignoreCase);
      const [first] = matching;
      return { matching, near: first === undefined ? [] : [`${first.replace(/\/+$/, "")}/below`, above(first)] };
    }
  }
}

function above(path: string): string {
  return path.replace(/\/[^/]*\/*$/, "") || "/";
}

/** A value that matches, fit for a header; undefined where none was found. */
export function valueText(match: ValueMatch, regex: FullMatch): string | undefined {
  const texts = candidates(match, regex).filter((text) => text === text.trim() && matchesValue(match, text, regex));
  return texts.find((text) => /^[\x20-\x7e]*$/.test(text));
}

function candidates(match: ValueMatch, regex: FullMatch): readonly string[] {
  switch (match.kind) {
    case "exact":
    case "prefix":
    case "suffix":
    case "contains":
      return [match.value];
    case "regex":
      return textsMatching(match.value, regex);
    case "present":
      return ["any"];
  }
}

/** An address inside one of the networks, and one outside all of them. */
export function addressIn(cidrs: readonly string[]): string | undefined {
  return cidrs[0]?.split("/", 1)[0];
}

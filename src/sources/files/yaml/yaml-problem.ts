import type { ErrorCode } from "yaml";

export interface Explanation {
  readonly message: string;
  readonly hint?: string;
}

/** What a parser error means, in words that quote nothing of the text but the name of a key. */
export function explain(code: ErrorCode, text: string, offset: number): Explanation {
  switch (code) {
    case "DUPLICATE_KEY":
      return { message: `${keyAt(text, offset)} is set twice in the same mapping`, hint: "Remove one of the two." };
    case "TAB_AS_INDENT":
      return { message: "the line is indented with a tab", hint: "Indent with spaces." };
    case "BAD_INDENT":
      return { message: "the indentation does not fit the lines before it" };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        message: "a second `key: value` where a value belongs",
        hint: 'Start a new line for it, check its indentation, or put a value that contains ": " in quotes.',
      };
    case "MULTILINE_IMPLICIT_KEY":
      return { message: "a key without a colon, or one that spans lines", hint: 'Write "key: value".' };
    case "KEY_OVER_1024_CHARS":
      return { message: "a key is longer than 1024 characters" };
    case "MISSING_CHAR":
      return {
        message: "a quote, bracket, comma or space is missing",
        hint: "Look for an opening quote or bracket that is never closed.",
      };
    case "BAD_SCALAR_START":
      return { message: "a value cannot start with @ or `", hint: "Put the value in quotes." };
    case "BAD_DQ_ESCAPE":
      return { message: "an unknown escape in a double-quoted text", hint: "Use single quotes to keep backslashes." };
    case "BAD_ALIAS":
    case "ALIAS_PROPS":
      return { message: "an alias (*) that cannot stand here", hint: "Put a value that starts with * in quotes." };
    case "MULTIPLE_ANCHORS":
    case "MULTIPLE_TAGS":
    case "BAD_PROP_ORDER":
      return { message: "anchors (&) or tags (!) that cannot stand here", hint: "Put the value in quotes." };
    case "BLOCK_IN_FLOW":
      return { message: "indented lines inside of brackets or braces", hint: "Close the bracket or brace first." };
    case "BAD_DIRECTIVE":
      return { message: "an unknown directive", hint: 'A line that starts with "%" must be %YAML or %TAG.' };
    case "TAG_RESOLVE_FAILED":
    case "BAD_COLLECTION_TYPE":
      return { message: "a tag (!!) that does not fit its value" };
    case "UNEXPECTED_TOKEN":
      return {
        message: "something that cannot stand here",
        hint: "Check the indentation of this line and the one before.",
      };
    default:
      return { message: "the text is not YAML" };
  }
}

function keyAt(text: string, offset: number): string {
  const [line = ""] = text.slice(offset, offset + 200).split(/[\r\n]/, 1);
  const key = /^(?:"([^"]*)"|'([^']*)'|([^:]*))\s*:/.exec(line);
  const name = key?.[1] ?? key?.[2] ?? key?.[3];
  return name === undefined ? "a key" : `"${name.trim()}"`;
}

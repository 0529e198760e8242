import type { PathMatch, ValueMatch } from "../model/match.ts";
import { type FullMatch, fullMatch } from "./pattern.ts";

/** Whether a path (without its query) matches. */
export function matchesPath(match: PathMatch, path: string, regex: FullMatch = fullMatch): boolean {
  switch (match.kind) {
    case "exact":
      return path === match.value;
    case "string-prefix":
      return path.startsWith(match.value);
    case "segment-prefix": {
      const prefix = match.value.replace(/\/+$/, "");
      return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
    }
    case "regex":
      return regex(match.value, path, match.ignoreCase);
  }
}

/** Whether a value that is there matches; case counts unless the match says otherwise. */
export function matchesValue(match: ValueMatch, value: string, regex: FullMatch = fullMatch): boolean {
  switch (match.kind) {
    case "exact":
      return match.ignoreCase === true ? lower(value) === lower(match.value) : value === match.value;
    case "prefix":
      return value.startsWith(match.value);
    case "suffix":
      return value.endsWith(match.value);
    case "contains":
      return value.includes(match.value);
    case "regex":
      return regex(match.value, value);
    case "present":
      return true;
  }
}

/** Envoy compares without case in ASCII only. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

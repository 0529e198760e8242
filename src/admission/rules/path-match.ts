import { textAt } from "../../model/json.ts";
import type { FieldRule } from "../shape.ts";

/** HTTPPathMatch: what a path of type Exact or PathPrefix may look like. Regular expressions are judged by their dialect. */

interface PathCheck {
  readonly name: string;
  readonly fails: (path: string) => boolean;
  readonly message: string;
  readonly hint?: string;
}

const containing = (name: string, part: string): PathCheck => ({
  name,
  fails: (path) => path.includes(part),
  message: `contains ${part}, which no request path has once it is normalised`,
});

const ending = (name: string, part: string): PathCheck => ({
  name,
  fails: (path) => path.endsWith(part),
  message: `ends with ${part}, which no request path does once it is normalised`,
});

const checks: readonly PathCheck[] = [
  { name: "path-is-absolute", fails: (path) => !path.startsWith("/"), message: 'must start with "/"' },
  containing("path-without-double-slash", "//"),
  containing("path-without-dot-segment", "/./"),
  containing("path-without-dot-dot-segment", "/../"),
  containing("path-without-escaped-slash", "%2f"),
  containing("path-without-escaped-slash-upper", "%2F"),
  {
    name: "path-without-fragment",
    fails: (path) => path.includes("#"),
    message: "contains #, which no request path has",
  },
  ending("path-not-ending-dot-dot", "/.."),
  ending("path-not-ending-dot", "/."),
  {
    name: "path-characters",
    fails: (path) => !/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(path),
    message: "contains a character that is not allowed in a path",
    hint: "Escape other characters as % and two hexadecimal digits. A query belongs into queryParams.",
  },
];

const known = ["Exact", "PathPrefix", "RegularExpression"];

export const pathMatchRules: readonly FieldRule[] = [
  ...checks.map(
    ({ name, fails, message, hint }): FieldRule => ({
      name,
      check: (match) => {
        const path = textAt(match, "value") ?? "";
        if (textAt(match, "type") === "RegularExpression" || !fails(path)) return [];
        const violation = { path: ["value"], message: `"${path}" ${message}` };
        return [hint === undefined ? violation : { ...violation, hint }];
      },
    }),
  ),
  {
    name: "path-type-known",
    check: (match) =>
      known.includes(textAt(match, "type") ?? "")
        ? []
        : [{ path: ["type"], message: `must be one of ${known.join(", ")}` }],
  },
];

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fullMatch, quotePattern } from "../compile/pattern.ts";
import { textsMatching } from "./pattern-text.ts";

const patterns = [
  "/item/[0-9]+",
  "/(a|b)/.*",
  "/v[12](/.*)?",
  "^/users/[^/]+/orders$",
  "/(?i)api/\\d{3,5}",
  "/files/.+\\.(png|jpe?g)",
  "(?:yes|no)",
  "[[:alpha:]][[:alnum:]]*",
  "\\Qa.b\\E",
  "/x\\x41y",
  "[]a]+",
  "a{2,}b{0}c{3}",
];

describe("texts for regular expressions", () => {
  for (const pattern of patterns) {
    test(`${pattern} has one`, () => {
      const texts = textsMatching(pattern, fullMatch);
      assert.ok(texts.length > 0);
      for (const text of texts) assert.ok(fullMatch(pattern, text), text);
    });
  }

  test("alternatives are all tried", () => {
    assert.deepEqual(textsMatching("/(one|two)", fullMatch), ["/one", "/two"]);
  });

  test("a pattern that matches nothing has none", () => {
    assert.deepEqual(textsMatching("a\\bb", fullMatch), []);
  });

  test("whatever is composed of these parts has one", () => {
    const literal = fc.stringMatching(/^[a-z/.+*()[\]{}|?-]{1,5}$/).map(quotePattern);
    const atom = fc.oneof(literal, fc.constantFrom(".", "[a-z]", "[^/]", "\\d", "\\w", "[A-Z0-9_]"));
    const piece = fc
      .tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "+?"))
      .map(([a, b]) => `(?:${a})${b}`);
    const { pattern } = fc.letrec<{ pattern: string; group: string }>((tie) => ({
      group: fc
        .array(fc.oneof({ depthSize: "small" }, piece, tie("pattern")), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join("")),
      pattern: fc.array(tie("group"), { minLength: 1, maxLength: 2 }).map((parts) => `(${parts.join("|")})`),
    }));
    fc.assert(
      fc.property(pattern, (written) => {
        assert.ok(textsMatching(written, fullMatch).length > 0, written);
      }),
      { numRuns: 200 },
    );
  });
});

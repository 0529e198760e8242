import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Match, Predicate } from "../model/match.ts";
import { alternativesOf } from "./alternatives.ts";
import type { Conjunction } from "./plan.ts";
import { matchesPath, matchesValue } from "./predicates.ts";

interface Sample {
  readonly path: string;
  readonly query: string;
  readonly method: string;
  readonly header: string | undefined;
}

function holds(predicate: Predicate, sample: Sample): boolean {
  switch (predicate.kind) {
    case "path":
      return matchesPath(predicate.path, sample.path);
    case "method":
      return predicate.method === sample.method;
    case "header": {
      const value = predicate.name === ":path" ? sample.path + sample.query : sample.header;
      return value !== undefined && matchesValue(predicate.value, value);
    }
    default:
      throw new Error(`${predicate.kind} is not part of this test`);
  }
}

function matches(match: Match, sample: Sample): boolean {
  switch (match.kind) {
    case "all":
      return match.of.every((part) => matches(part, sample));
    case "any":
      return match.of.some((part) => matches(part, sample));
    case "not":
      return !matches(match.of, sample);
    default:
      return holds(match, sample);
  }
}

function conjunctionHolds({ path, terms }: Conjunction, sample: Sample): boolean {
  if (path !== undefined && !matchesPath(path, sample.path)) return false;
  return terms.every(({ predicate, negated }) => holds(predicate, sample) !== negated);
}

const paths = ["/", "/a", "/a/b", "/ab", "/a/b/c", "/A"] as const;
const leafArb: fc.Arbitrary<Match> = fc.oneof(
  fc
    .record({
      kind: fc.constantFrom("exact", "segment-prefix", "string-prefix"),
      value: fc.constantFrom("/", "/a", "/a/b", "/ab"),
    })
    .map((path): Match => ({ kind: "path", path })),
  fc
    .record({ value: fc.constantFrom("/a.*", "/a|/ab", "/a/[bc]"), ignoreCase: fc.boolean() })
    .map((path): Match => ({ kind: "path", path: { kind: "regex", ...path } })),
  fc.constantFrom("GET", "POST").map((method): Match => ({ kind: "method", method })),
  fc.constantFrom("x", "y").map((value): Match => ({ kind: "header", name: "h", value: { kind: "exact", value } })),
);
const matchArb = fc.letrec<{ match: Match }>((tie) => ({
  match: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leafArb,
    fc.array(tie("match"), { maxLength: 3 }).map((of): Match => ({ kind: "all", of })),
    fc.array(tie("match"), { maxLength: 3 }).map((of): Match => ({ kind: "any", of })),
    tie("match").map((of): Match => ({ kind: "not", of })),
  ),
})).match;

test("the alternatives hold for exactly the requests for which the expression holds", () => {
  fc.assert(
    fc.property(matchArb, (match) => {
      const { alternatives, problems } = alternativesOf(match);
      if (problems.length > 0) return;
      for (const path of paths) {
        for (const header of [undefined, "x", "y"]) {
          const sample = { path, query: "?q=/a", method: "GET", header };
          const planned = alternatives.some((alternative) => conjunctionHolds(alternative, sample));
          assert.equal(planned, matches(match, sample), `${path} ${header}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

const path: Match = { kind: "path", path: { kind: "segment-prefix", value: "/a" } };

test("a header pattern that RE2 refuses becomes the wider test for any value, and is reported", () => {
  const header: Match = { kind: "header", name: "h", value: { kind: "regex", value: "(?=x)" } };
  const { alternatives, problems } = alternativesOf({ kind: "all", of: [path, header] });
  assert.deepEqual(alternatives, [
    {
      path: { kind: "segment-prefix", value: "/a" },
      terms: [{ predicate: { kind: "header", name: "h", value: { kind: "present" } }, negated: false }],
    },
  ]);
  assert.deepEqual(
    problems.map((problem) => problem.kind),
    ["invalid-pattern"],
  );
});

test("a path pattern that RE2 refuses matches nothing, while the other alternatives stay", () => {
  const broken: Match = { kind: "path", path: { kind: "regex", value: "/a(" } };
  assert.deepEqual(alternativesOf(broken).alternatives, []);
  assert.equal(alternativesOf({ kind: "any", of: [broken, path] }).alternatives.length, 1);
});

test("what routes cannot test is reported", () => {
  const unsupported: readonly Match[] = [
    { kind: "server-name", names: ["a.example.com"] },
    { kind: "client-address", cidrs: ["10.0.0.0/8"] },
    { kind: "not", of: { kind: "share", numerator: 1, denominator: 10 } },
    { kind: "not", of: { kind: "query", name: "q", value: { kind: "present" } } },
    { kind: "not", of: { kind: "header", name: "h", value: { kind: "regex", value: ".*" } } },
  ];
  for (const match of unsupported) {
    const { alternatives, problems } = alternativesOf({ kind: "all", of: [path, match] });
    assert.equal(problems[0]?.kind, "unsupported", JSON.stringify(match));
    assert.deepEqual(alternatives, [{ path: { kind: "segment-prefix", value: "/a" }, terms: [] }]);
  }
});

test("an expression with too many alternatives is refused rather than expanded", () => {
  const either = (name: string): Match => ({
    kind: "any",
    of: ["x", "y"].map((value) => ({ kind: "header", name, value: { kind: "exact", value } })),
  });
  const names = Array.from({ length: 40 }, (_, index) => `h${index}`);
  const { alternatives, problems } = alternativesOf({ kind: "all", of: names.map(either) });
  assert.deepEqual(alternatives, []);
  assert.equal(problems[0]?.message, "the match expression has more than 64 alternatives");
});

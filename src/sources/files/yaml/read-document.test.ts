import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../../../model/source-object.ts";
import { splitDocuments } from "./document-text.ts";
import { readDocument } from "./read-document.ts";

function values(text: string): readonly Json[] {
  const { values: found, problem } = readDocument(text);
  assert.equal(problem, undefined);
  return found.map(({ value }) => value);
}

function told(text: string): string {
  const { problem } = readDocument(text);
  assert.ok(problem !== undefined, "no problem was found");
  const { code, line, column, message, hint } = problem;
  return `${line}:${column} ${code} ${message}${hint === undefined ? "" : ` | ${hint}`}`;
}

test("plain values mean what they mean to kubectl", () => {
  const text =
    "{a: yes, b: off, c: 0777, d: 1_000, e: 2026-01-02, f: 1.0, g: ~, h: 0x1f, i: 'no', j: 1:30, k: 08, l: -0b11}";
  assert.deepEqual(values(text), [
    { a: true, b: false, c: 511, d: 1000, e: "2026-01-02", f: 1, g: null, h: 31, i: "no", j: "1:30", k: 8, l: -3 },
  ]);
});

test("anchors, merge keys, several documents, comments and line ends", () => {
  assert.deepEqual(values("base: &b {x: 1}\nuse:\n  <<: *b\n  z: 2\n"), [{ base: { x: 1 }, use: { x: 1, z: 2 } }]);
  assert.deepEqual(values("# only a comment\n"), []);
  assert.deepEqual(values(""), []);
  assert.deepEqual(values("a: 1\r\nb:\r\n  - 2\r\n"), [{ a: 1, b: [2] }]);
  assert.deepEqual(values('{\n\t"a": 1,\n\t"b": [true, null]\n}\n'), [{ a: 1, b: [true, null] }]);
  assert.deepEqual(values("a: 1\n...\n---\n"), [{ a: 1 }]);
});

test("a key named __proto__ is a key", () => {
  const [value] = values("__proto__: {polluted: true}");
  assert.equal(JSON.stringify(value), '{"__proto__":{"polluted":true}}');
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

const broken: readonly (readonly [title: string, text: string, told: string])[] = [
  ["a repeated key", "a: 1\nb: 2\na: 3\n", '3:1 WR0101 "a" is set twice in the same mapping | Remove one of the two.'],
  ["a tab", "a:\n\t- b\n", "2:1 WR0101 the line is indented with a tab | Indent with spaces."],
  [
    "a value with a colon",
    "a:\n  b: c: d\n",
    '2:6 WR0101 a second `key: value` where a value belongs | Start a new line for it, check its indentation, or put a value that contains ": " in quotes.',
  ],
  [
    "a line without colon",
    "a: 1\nword\nb: 2\n",
    '2:1 WR0101 a key without a colon, or one that spans lines | Write "key: value".',
  ],
  [
    "a quote that is never closed",
    'a: "x\nb: 1\n',
    "3:1 WR0101 a quote, bracket, comma or space is missing | Look for an opening quote or bracket that is never closed.",
  ],
  [
    "a wildcard host without quotes",
    "hosts:\n  - *.example.com\n",
    "2:5 WR0101 an alias (*) whose anchor (&) is not defined before it | Put a value that starts with * in quotes.",
  ],
  ["a reserved character", "a: @x\n", "1:4 WR0101 a value cannot start with @ or ` | Put the value in quotes."],
  ["deep nesting", `a: ${"[".repeat(20_000)}`, ""],
  [
    "nesting beyond the limit",
    `${"{a: ".repeat(101)}1${"}".repeat(101)}`,
    "1:1 WR0108 the document is nested more than 100 levels deep",
  ],
  ["an anchor that holds itself", "a: &x {b: *x}", "1:1 WR0108 the document is nested more than 100 levels deep"],
  [
    "anchors that multiply",
    `a: &a [1,1,1,1,1,1,1,1,1]\n${["a", "b", "c", "d", "e"].map((name, at, all) => `${all[at + 1] ?? "f"}: &${all[at + 1] ?? "f"} [${`*${name},`.repeat(9)}]`).join("\n")}\n`,
    "1:1 WR0108 the document repeats anchors too often, or holds more than 1000000 values | Write the repeated parts out, or split the document.",
  ],
];

for (const [title, text, expected] of broken) {
  test(`refused: ${title}`, () => {
    if (expected !== "") assert.equal(told(text), expected);
    else assert.match(told(text), /WR0108 the document is nested more than 100 levels deep$/);
  });
}

test("no problem quotes a value", () => {
  const secret = "hunter2";
  const texts = [
    `a: "${secret}`,
    `a: ${secret}: ${secret}`,
    `- x\n${secret}`,
    `a: *${secret}`,
    `a: {${secret}`,
    `a: @${secret}`,
    `a:\n\t${secret}`,
    `a: !!int ${secret}`,
    `a: "\\q${secret}"`,
    `%${secret}\n---\na: 1`,
  ];
  for (const text of texts)
    assert.equal(JSON.stringify(readDocument(text).problem ?? {}).includes(secret), false, text);
});

test("whatever the text, reading it neither throws nor takes long", () => {
  const piece = fc.constantFrom(
    ..."{}[]:,-?&*!|>'\"%@#\t\n abc012".split(""),
    "---\n",
    "...\n",
    "<<: ",
    "a: ",
    "  ",
    "&a ",
    "*a",
    "\r\n",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      for (const { text } of splitDocuments(pieces.join(""))) readDocument(text);
    }),
    { numRuns: 500 },
  );
});

test("splitting at markers gives the documents of the whole, at the right lines", () => {
  const text = "# head\n---\na: |\n  ---\n  x\n--- {b: 1}\n---\n\n---\nc: 1\n";
  assert.deepEqual(
    splitDocuments(text).map((part) => [part.firstLine, ...readDocument(part.text).values.map(({ value }) => value)]),
    [[1], [2, { a: "---\nx\n" }], [6, { b: 1 }], [7], [9, { c: 1 }]],
  );
  assert.equal(
    splitDocuments(text)
      .map((part) => part.text)
      .join(""),
    text,
  );
});

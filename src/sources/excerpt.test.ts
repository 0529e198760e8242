import assert from "node:assert/strict";
import { test } from "node:test";
import { renderExcerpt } from "./excerpt.ts";

const at = (line: number, column: number) => ({ file: "a.yaml", line, column });

test("the line, the one before it, and a caret", () => {
  const text = "kind: Ingress\nspec:\n  rules:\n    - host: 10.0.0.1\n";
  assert.equal(renderExcerpt(text, at(4, 7)), "3 |   rules:\n4 |     - host: 10.0.0.1\n  |       ^");
  assert.equal(renderExcerpt(text, at(1, 1)), "1 | kind: Ingress\n  | ^");
  assert.equal(renderExcerpt(text, at(9, 1)), undefined);
  assert.equal(renderExcerpt("---\r\na: 1\r\n\tb", at(3, 2)), "2 | a: 1\n3 | \tb\n  | \t^");
});

test("no value of a Secret is shown, however it is written", () => {
  const texts = [
    "apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2\n",
    "stringData:\n  password: hunter2\nkind: Secret\n",
    "kind: Secret\nstringData:\n  - hunter2\n",
    "kind: Secret\ndata:\n  password: |\n    hunter2\n  x: hunter2\n",
    'apiVersion: v1\n"kind": "Secret"\ndata: {password: hunter2}\n',
    '{"apiVersion":"v1","kind":"Secret","data":{"password":"hunter2"}}',
    "kind: Secret\napiVersion: v1\ndata:\n  password: hunter2: hunter2\n  'hunter2\n",
    "kind: List\nitems:\n- kind: Secret\n  data:\n    hunter2=\n",
  ];
  for (const text of texts) {
    for (let line = 1; line <= text.split("\n").length; line++) {
      assert.equal(renderExcerpt(text, at(line, 3))?.includes("hunter2") ?? false, false, text);
    }
  }
  assert.equal(renderExcerpt(texts[0] ?? "", at(4, 3)), "3 | stringData:\n4 |   password: …\n  |   ^");
});

test("other documents of the file, and kinds that only refer to Secrets, are shown", () => {
  const gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nref:\n  kind: Secret\n  name: cert\n";
  assert.match(renderExcerpt(`${gateway}---\nkind: Secret\ndata: {a: aHVudGVyMg==}\n`, at(5, 3)) ?? "", /name: cert/);
});

test("a long line is cut", () => {
  assert.ok((renderExcerpt("x".repeat(5000), at(1, 4000))?.length ?? 0) < 400);
});

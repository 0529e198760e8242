import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { plainStyler } from "../../explain/styler.ts";
import { capturedTerminal } from "../testing/captured-terminal.ts";
import { renderAccessLine } from "./access-line.ts";
import { renderAge } from "./age.ts";
import { renderData } from "./data.ts";
import { countSeverities, renderDiagnostic } from "./diagnostics.ts";
import { createProgress } from "./progress.ts";
import { createStyle, wantsColours } from "./style.ts";
import { renderFields, renderTable } from "./table.ts";

test("tables are as wide as their cells, whatever colours these have", () => {
  const style = createStyle(true);
  const text = renderTable(
    ["Name", "State"],
    [
      ["a", style.good("ok")],
      [style.name("longer"), "x"],
    ],
  );
  assert.equal(stripVTControlCharacters(text), "NAME     STATE\na        ok\nlonger   x\n");
  assert.ok(text.includes(style.good("ok")) && style.good("ok") !== "ok");
});

test("fields keep further lines of a value below its first", () => {
  assert.equal(
    renderFields([
      ["Name", "x"],
      ["Labels", "a=1\nb=2"],
      ["None", ""],
    ]),
    "Name:    x\nLabels:  a=1\n         b=2\nNone:\n",
  );
});

test("ages have one unit or two", () => {
  const second = 1000;
  const cases: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [-5 * second, "0s"],
    [119 * second, "119s"],
    [125 * second, "2m5s"],
    [17 * 60 * second, "17m"],
    [59 * 60 * second + 59 * second, "59m"],
    [3 * 3600 * second + 1200 * second, "3h20m"],
    [9 * 3600 * second + 1200 * second, "9h"],
    [(2 * 24 + 4) * 3600 * second, "2d4h"],
    [40 * 24 * 3600 * second, "40d"],
  ];
  for (const [ms, text] of cases) assert.equal(renderAge(ms), text);
});

test("colours are for terminals, and NO_COLOR takes them away", () => {
  const screen = capturedTerminal({ environment: {}, columns: 80 }).output;
  const file = capturedTerminal({ environment: {} }).output;
  assert.equal(wantsColours(screen, {}), true);
  assert.equal(wantsColours(screen, { NO_COLOR: "1" }), false);
  assert.equal(wantsColours(screen, { NO_COLOR: "" }), true);
  assert.equal(wantsColours(screen, { TERM: "dumb" }), false);
  assert.equal(wantsColours(file, {}), false);
  assert.equal(wantsColours(file, { FORCE_COLOR: "1" }), true);
  assert.equal(createStyle(false).bad("x"), "x");
});

test("data is JSON or YAML, and ends with a line break", async () => {
  assert.equal(await renderData("json", { a: [1] }), '{\n  "a": [\n    1\n  ]\n}\n');
  const shared = { x: 1 };
  assert.equal(await renderData("yaml", { a: shared, b: shared }), "a:\n  x: 1\nb:\n  x: 1\n");
});

test("a diagnostic tells place, code, lines, object and advice", () => {
  const object = { group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web", scope: "" };
  const shown = renderDiagnostic(
    {
      code: "WR0201",
      severity: "error",
      object,
      path: ["spec", "rules", 0],
      position: { file: "shop.yaml", line: 14, column: 9 },
      message: "Service shop/crt does not exist.",
      hint: "Did you mean cart?",
      excerpt: "13 | a:\n14 |   b\n   |   ^",
    },
    plainStyler,
  );
  assert.equal(
    shown,
    `shop.yaml:14:9: error WR0201 (missing service): Service shop/crt does not exist.
  13 | a:
  14 |   b
     |   ^
  Ingress shop/web, spec.rules[0]
  hint: Did you mean cart?
`,
  );
  assert.equal(countSeverities([]), "no problems");
  assert.equal(
    countSeverities([{ severity: "warning" }, { severity: "error" }, { severity: "error" }]),
    "2 errors, 1 warning",
  );
});

describe("progress", () => {
  test("is one line for each step where there is no terminal", () => {
    const { errors, written } = capturedTerminal({ environment: {} });
    const progress = createProgress(errors);
    progress.step("downloading");
    progress.step("downloading");
    progress.step("unpacking");
    progress.end();
    assert.equal(written.errors, "downloading\nunpacking\n");
  });

  test("is one moving line on a terminal, which goes away and never wraps", () => {
    const { errors, written } = capturedTerminal({ environment: {}, columns: 20 });
    const progress = createProgress(errors);
    progress.step("downloading something with a long name");
    progress.end();
    const lines = written.errors.split("\r\u001b[2K");
    assert.equal(lines.at(-1), "");
    assert.ok(lines.every((line) => line.length < 20));
  });
});

test("access log lines of the default form are shortened, others left alone", () => {
  const entry = {
    status: 200,
    method: "GET",
    scheme: "https",
    host: "a.test",
    path: "/x",
    durationMs: 3,
    rule: "r",
    backend: "b",
  };
  assert.equal(renderAccessLine(JSON.stringify(entry), plainStyler), "200 GET https://a.test/x  3 ms  r → b");
  assert.equal(renderAccessLine('{"other": 1}', plainStyler), undefined);
  assert.equal(renderAccessLine("plain text", plainStyler), undefined);
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Document, isCollection, isMap, parseDocument, visit } from "yaml";

/** One golden file: everything that decides about the outcome, and the outcome, in one place. */
export interface Golden {
  readonly name: string;
  /** What the file is about, and the sentence of the specification it stands for. */
  readonly about: string;
  readonly options: unknown;
  readonly input: unknown;
}

const longestLine = 96;
const layout = { lineWidth: 0, flowCollectionPadding: true } as const;

/**
 * Makes a test of every golden (`*.yaml` with `about`, `options`, `input`, `expected`) in a folder. `run` computes plain data, which is compared as
 * YAML. With UPDATE_GOLDEN=1 the outcome is written into the file instead; read it before you commit it. Since all files of the folder are run, none
 * can be forgotten; a file that is no golden fails.
 */
export function testGoldens(folder: URL, run: (golden: Golden) => unknown): void {
  const update = process.env.UPDATE_GOLDEN === "1";
  const files = readdirSync(folder).sort();
  if (files.length === 0) throw new Error(`no goldens in ${fileURLToPath(folder)}`);
  for (const file of files) {
    test(`golden ${file}`, () => {
      assert.match(file, /\.yaml$/, "only goldens may be in this folder");
      const path = new URL(file, folder);
      const document = parseDocument(readFileSync(path, "utf8"));
      assert.deepEqual(document.errors, []);
      const { about, options, input, expected, ...rest }: Record<string, unknown> = document.toJS();
      assert.deepEqual(Object.keys(rest), [], "a golden has about, options, input and expected");
      assert.ok(typeof about === "string" && about !== "", "a golden says what it is about");
      const outcome = run({ name: file, about, options, input });
      if (update) writeOutcome(path, document, outcome);
      else assert.deepEqual(plain(outcome), expected);
    });
  }
}

function writeOutcome(path: URL, document: ReturnType<typeof parseDocument>, outcome: unknown): void {
  assert.ok(isMap(document.contents), "a golden is a mapping");
  const expected = new Document(plain(outcome), { aliasDuplicateObjects: false });
  visit(expected, {
    Collection(_key, node) {
      // What fits on a line stands on one line.
      if (isCollection(node) && JSON.stringify(node).length <= longestLine) node.flow = true;
    },
  });
  document.set("expected", expected.contents);
  writeFileSync(path, document.toString(layout));
}

/** As JSON would show it: undefined fields gone, secrets redacted. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { commands } from "./command-table.ts";
import { longName } from "./option.ts";
import { runWeir } from "./testing/run-weir.ts";

const execute = promisify(execFile);
const launcher = fileURLToPath(new URL("../../bin/weir", import.meta.url));

describe("the command line", () => {
  let home = "";
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "weir-cli-"));
  });
  after(() => rm(home, { recursive: true }));
  const weir = (...words: string[]) => runWeir(words, { environment: { HOME: home } });

  for (const { name, summary, options, arguments: args } of commands) {
    test(`weir ${name} --help tells its arguments and options`, async () => {
      const { exitCode, output, errors } = await weir(...name.split(" "), "--help");
      assert.equal(exitCode, 0, errors);
      assert.ok(output.toLowerCase().includes(summary.slice(0, 20).toLowerCase()), output);
      for (const option of options)
        assert.ok(output.includes(`--${longName(option)}`), `${longName(option)} is missing`);
      for (const argument of args) assert.ok(output.includes(argument.name), `${argument.name} is missing`);
    });
  }

  test("every command file belongs to a command, and every command loads", async () => {
    const folder = fileURLToPath(new URL("commands", import.meta.url));
    const files = readdirSync(folder).filter((name) => !name.includes(".test."));
    assert.deepEqual(files.toSorted(), commands.map(({ name }) => `${name.replace(" ", "-")}.ts`).toSorted());
    for (const { load } of commands) assert.equal(typeof (await load()).run, "function");
  });

  test("options have one meaning each, and examples are about their command", () => {
    for (const { name, options, examples } of commands) {
      const names = options.map(longName);
      assert.equal(new Set(names).size, names.length, name);
      assert.ok(examples.length > 0 && examples.every((example) => example.includes(`weir ${name}`)), name);
    }
  });

  test("settings are flags of the commands that run something", async () => {
    const { output } = await weir("up", "--help");
    assert.match(output, /--ingress-redirect-to-https <value>/);
    const { output: other } = await weir("get", "--help");
    assert.doesNotMatch(other, /--ingress-redirect-to-https/);
  });

  test("what is not understood ends with exit code 2 and a suggestion", async () => {
    const unknown = await weir("gte");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.errors, /unknown command 'gte'\n\(Did you mean get\?\)/);
    const option = await weir("get", "--outptu", "json");
    assert.equal(option.exitCode, 2);
    assert.match(option.errors, /Did you mean --output/);
    const choice = await weir("get", "svc", "-o", "jsno");
    assert.equal(choice.exitCode, 2);
    assert.match(choice.errors, /expected json, yaml, name, wide, found "jsno"\ndid you mean json\?/);
    const missing = await weir("explain", "GET");
    assert.equal(missing.exitCode, 2);
    const group = await weir("proxy", "lits");
    assert.equal(group.exitCode, 2);
  });

  test("a wrong configuration is shown with its line, and nothing is run", async () => {
    const { exitCode, errors } = await weir("up", "--log-level", "loud");
    assert.equal(exitCode, 2);
    assert.match(errors, /WR0603 \(invalid setting\): --log-level: expected trace or debug/);
    assert.match(errors, /the configuration has 1 error/);
  });

  test("where nothing runs, commands say so and end with exit code 3", async () => {
    for (const words of [
      ["get", "svc"],
      ["status"],
      ["proxy", "list"],
      ["explain", "GET", "http://a/"],
      ["log-level"],
    ]) {
      const { exitCode, errors } = await weir(...words, "--server", "http://127.0.0.1:1");
      assert.equal(exitCode, 3, words.join(" "));
      assert.match(
        errors,
        /Weir is not running \(nothing answers at http:\/\/127\.0\.0\.1:1\)\nstart it with `weir up`/,
      );
    }
  });

  test("help loads nothing but the help", async () => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      process.argv = [process.argv[0], "weir", "--help"];
      process.stdout.write = () => true;
      process.on("exit", () => process.stderr.write(loaded.filter((url) => url.startsWith("file:")).join("\\n")));
      await import(${JSON.stringify(new URL("main.ts", import.meta.url).href)});
    `;
    const { stderr } = await execute(process.execPath, ["--input-type=module", "--eval", script]);
    const files = stderr.split("\n");
    assert.ok(
      files.some((file) => file.endsWith("command-table.ts")),
      "the hook sees what is loaded",
    );
    const heavy = files.filter(
      (file) =>
        !/\/src\/(cli|config\/places|admission\/fit\/similar|explain\/(terminal-)?styler|model|version)|commander/.test(
          file,
        ),
    );
    assert.deepEqual(heavy, []);
    assert.ok(files.length < 30, `${files.length} files`);
  });

  test("the launcher runs from anywhere, through a link", async () => {
    const { symlink } = await import("node:fs/promises");
    await symlink(launcher, join(home, "weir"));
    const { stdout } = await execute(join(home, "weir"), ["--version"], {
      cwd: home,
      env: { ...process.env, HOME: home },
    });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

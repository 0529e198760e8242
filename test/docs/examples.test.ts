import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runWeir } from "../../src/cli/testing/run-weir.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { freePorts } from "../e2e/xds-live-proxy.ts";
import { freshPlace, startWeir } from "../faults/weir-under-test.ts";
import { type BlockRunner, runBlock } from "./block-runner.ts";
import { type FencedBlock, fencedBlocks } from "./fenced-blocks.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = globSync(["README.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root }).toSorted();

/** Ports as pages write them: the defaults of `weir up`, and those of the quickstart's demo backends. */
const writtenPorts = ["8080", "8443", "21001", "21002", "21003", "21004", "9347"];

describe("what the documentation shows", () => {
  for (const page of pages) {
    const blocks = fencedBlocks(readFileSync(join(root, page), "utf8"));
    if (blocks.some(({ flags }) => flags.includes("run"))) {
      test(`the commands of ${page} work, in their order`, (t) => runPage(t, page, blocks));
    }
    for (const block of blocks.filter(({ language }) => language === "yaml")) {
      test(`${page}:${block.line} is understood`, (t) => checkYaml(t, block));
    }
  }

  test("something is shown at all", () => {
    const blocks = pages.flatMap((page) => fencedBlocks(readFileSync(join(root, page), "utf8")));
    assert.ok(blocks.filter(({ flags }) => flags.includes("run")).length > 10);
    assert.ok(blocks.filter(({ flags }) => flags.includes("output")).length > 5);
  });
});

/** Objects have no fault of their own; what they refer to may stand elsewhere. Anything else is a configuration of Weir. */
async function checkYaml(t: TestContext, { text }: FencedBlock): Promise<void> {
  if (/^apiVersion:/m.test(text)) {
    const { output } = await runWeir(["validate", "-f", "-", "-o", "json"], {
      environment: { HOME: "/nowhere" },
      input: text,
    });
    assert.doesNotMatch(output, /"code": "WR01/, output);
    return;
  }
  const { folder } = await freshPlace(t);
  const configuration = join(folder, "config.yaml");
  await writeFile(configuration, text);
  const { problems } = await loadConfiguration({
    environment: { HOME: "/nowhere" },
    workingDirectory: "/",
    flags: new Map(),
    development: false,
    file: configuration,
  });
  assert.deepEqual(problems, []);
}

async function runPage(t: TestContext, page: string, blocks: readonly FencedBlock[]): Promise<void> {
  const place = await freshPlace(t);
  const { folder } = place;
  const quickstart = join(folder, "examples/quickstart");
  await cp(join(root, "examples/quickstart"), quickstart, { recursive: true });
  await symlink(join(root, "bin"), join(folder, "bin"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, ".local/state"), { recursive: true });
  await symlink(place.state, join(folder, ".local/state/weir"));
  const ports = await freePorts(6);
  const backends = join(quickstart, "backends.yaml");
  await writeFile(backends, forward(await readFile(backends, "utf8"), ports));
  const environment = {
    HOME: folder,
    XDG_DATA_HOME: join(folder, ".local/share"),
    XDG_STATE_HOME: join(folder, ".local/state"),
    PATH: [join(root, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
    WEIR_PORTS: `80=${ports[0]},443=${ports[1]}`,
  };
  const weir = await startWeir(t, place, [quickstart], { environment, flags: { "log-level": "warn" } });
  if (weir === undefined) return;
  const used = [...ports.map(String), new URL(weir.url).port];
  const runner: BlockRunner = {
    run: (text) =>
      execute("bash", ["--norc", "-euo", "pipefail", "-c", forward(text, used)], {
        cwd: folder,
        env: { ...place.environment, ...environment },
      }).then(
        ({ stdout, stderr }) => ({ code: 0, printed: stdout + stderr }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          printed: error.stdout + error.stderr,
        }),
      ),
    asWritten: (printed) => backward(printed, used).replaceAll(folder, "~"),
  };
  for (const [index, block] of blocks.entries()) {
    if (block.flags.includes("run")) await runBlock(page, block, blocks[index + 1], runner);
  }
}

function forward(text: string, ports: readonly (string | number)[]): string {
  return writtenPorts.reduce(
    (result, written, index) => result.replaceAll(written, String(ports[index] ?? written)),
    text,
  );
}

function backward(text: string, ports: readonly string[]): string {
  return ports.reduce((result, port, index) => result.replaceAll(port, writtenPorts[index] ?? port), text);
}

/** scripts/conformance: builds the suite, installs Weir, runs the suite and judges. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../cluster-tools/command.ts";
import { ClusterProblem } from "../cluster-tools/problem.ts";
import { ClusterSession } from "../cluster-tools/session.ts";
import { clean, supportedFeatures } from "./cluster.ts";
import { type Mark, marks, type Run, requiredTests, shortcomings } from "./judge.ts";
import { runSuite } from "./run.ts";
import { readDescription, type SuiteDescription } from "./suite.ts";
import { buildSuite } from "./suite-binary.ts";
import { renderMarks } from "./table.ts";

const usage = `Usage: scripts/conformance [OPTION...]

  --profile NAME       only what concerns this profile (GATEWAY-HTTP, or HTTP); several times for several. Default: all
  --run-test NAME      only this test
  --runs N             so many runs, each of which must pass. Default: 1
  --no-install         leaves the cluster and the Weir in it as they are
  --usable-address A   an address that a Gateway can get. Default: 10.89.1.250
  --unusable-address A one that it cannot. Default: 192.0.2.1
  --list               what the suite consists of, as JSON; needs no cluster
`;

const say = (message: string): void => void process.stderr.write(`conformance: ${message}\n`);
const root = join(import.meta.dirname, "..", "..");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      profile: { type: "string", multiple: true },
      "run-test": { type: "string" },
      runs: { type: "string", default: "1" },
      "no-install": { type: "boolean" },
      "usable-address": { type: "string", default: "10.89.1.250" },
      "unusable-address": { type: "string", default: "192.0.2.1" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return void process.stdout.write(usage);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new ClusterProblem("--runs wants a number above 0", 64);
  const module = join(root, "test", "conformance");
  const cache = join(process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? root, ".cache"), "weir");
  const environment = process.env;
  const binary = await buildSuite(module, cache, environment, say);
  const suite = await describe(binary);
  if (values.list === true) return void process.stdout.write(`${JSON.stringify(suite, null, 2)}\n`);
  const profiles = profilesNamed(suite, values.profile);
  const onlyTest = values["run-test"];
  const cluster = new ClusterSession({ say });
  if (values["no-install"] !== true) {
    await cluster.up();
    await cluster.install();
  }
  const declared = await supportedFeatures(cluster);
  const asked = { suite, profiles, declared, ...(onlyTest === undefined ? {} : { onlyTest }) };
  const started = new Date().toISOString().replace(/[:.]/g, "-");
  for (let count = 1; count <= runs; count++) {
    await clean(cluster, say);
    const folder = join(root, "reports", "conformance", started, `run-${count}`);
    say(`run ${count} of ${runs}: ${folder}`);
    const results = await runSuite({
      clusterScript: cluster.script,
      binary,
      folder,
      profiles,
      skipped: unrequired({ ...asked, results: new Map() }),
      ...(onlyTest === undefined ? {} : { onlyTest }),
      usableAddress: values["usable-address"],
      unusableAddress: values["unusable-address"],
      onProgress: say,
    });
    const run: Run = { ...asked, results };
    process.stdout.write(`\nrun ${count} of ${runs}\n${renderMarks(marks(run).filter(hasTests))}`);
    const wrong = shortcomings(run);
    process.stdout.write(wrong.length === 0 ? "full marks\n" : wrong.map((line) => `${line}\n`).join(""));
    if (wrong.length > 0) process.exitCode = 1;
  }
}

async function describe(binary: string): Promise<SuiteDescription> {
  const folder = await mkdtemp(join(tmpdir(), "weir-conformance-"));
  try {
    const file = join(folder, "suite.json");
    await runCommand(binary, ["-test.run=^TestDescribe$", `-description-output=${file}`]);
    return await readDescription(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function profilesNamed(suite: SuiteDescription, names: readonly string[] | undefined): readonly string[] {
  const known = suite.profiles.map(({ name }) => name);
  if (names === undefined) return known;
  return names.map((name) => {
    const found = known.find((profile) => profile === name || profile === `GATEWAY-${name}`);
    if (found === undefined) throw new ClusterProblem(`no profile ${name}; there are ${known.join(", ")}`, 64);
    return found;
  });
}

function hasTests({ passed, failed, skipped }: Mark): boolean {
  return passed + failed + skipped > 0;
}

/** What is of no concern where only some profiles are asked for; the suite by itself runs every test whose features are declared. */
function unrequired(run: Run): readonly string[] {
  if (run.onlyTest !== undefined || run.profiles.length === run.suite.profiles.length) return [];
  const required = new Set(requiredTests(run).map(({ name }) => name));
  return run.suite.tests.map(({ name }) => name).filter((name) => !required.has(name));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ClusterProblem)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}

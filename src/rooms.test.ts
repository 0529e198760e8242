import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL(".", import.meta.url));
const root = dirname(src);

/** What everyone may use, and which uses nothing of Weir itself. */
const foundations = ["model", "incremental"];

/** Talks to a Kubernetes API server, for whoever reads from it or writes to it; knows nothing of Weir's stages. */
const kubernetesUsers = ["sources", "status", "provision", "identity", "control-plane", "cli"];

/** The way of a change, from left to right: a room may use those before it. */
const pipeline = ["sources", "admission", "references", "dialects", "compile", "xds", "serve"];

/** The rooms that know Envoy's types; the others speak of Envoy in words of the model. */
const knowEnvoy = ["xds", "serve"];

/** Rooms around the pipeline: they may use the pipeline, which never uses them. With each, who may use it. */
const around: Readonly<Record<string, "anyone around" | readonly string[]>> = {
  api: ["control-plane", "cli"],
  cli: [],
  config: "anyone around",
  "control-plane": ["api", "cli"],
  dataplane: "anyone around",
  diff: "anyone around",
  explain: "anyone around",
  identity: "anyone around",
  provision: ["control-plane", "cli"],
  status: "anyone around",
  testing: [],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function sourceFiles(): readonly string[] {
  return globSync("**/*.ts", { cwd: src, exclude: (name) => name === "envoy/generated" })
    .filter((file) => !file.startsWith(join("envoy", "generated")))
    .sort();
}

/** Relative imports of a file, static and dynamic, as paths inside src. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(src, file), "utf8");
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g);
  return [...found].map(([, path = ""]) => ({
    file,
    from: roomOf(file),
    target: normalize(join(dirname(file), path)),
  }));
}

function roomOf(file: string): string {
  const end = file.indexOf(sep);
  return end === -1 ? "" : file.slice(0, end);
}

/** Why a room may not use another; undefined when it may. */
function objection(from: string, to: string): string | undefined {
  if (from === to || to === "" || foundations.includes(to)) {
    return foundations.includes(from) && from !== to ? `${from}/ uses nothing else` : undefined;
  }
  if (foundations.includes(from) || from === "envoy" || from === "kubernetes") return `${from}/ uses nothing else`;
  if (to === "kubernetes")
    return kubernetesUsers.includes(from) ? undefined : `kubernetes/ is used by ${kubernetesUsers.join(", ")}`;
  const position = pipeline.indexOf(from);
  if (position >= 0) {
    if (to === "envoy") return knowEnvoy.includes(from) ? undefined : `${from}/ must not know Envoy's types`;
    const target = pipeline.indexOf(to);
    return target >= 0 && target < position ? undefined : `${to}/ is not left of ${from}/`;
  }
  if (to === "envoy" || pipeline.includes(to)) return undefined;
  const users = around[to];
  if (users === "anyone around" || users?.includes(from) === true) return undefined;
  return `${to}/ is used by ${users?.join(", ") || "nobody"}`;
}

const isTest = (file: string): boolean => file.endsWith(".test.ts") || file.split(sep).includes("testing");
const files = sourceFiles();
const imports = files.filter((file) => !isTest(file)).flatMap(importsOf);

describe("the house", () => {
  test("every room has its place", () => {
    const known = new Set([...foundations, ...pipeline, ...Object.keys(around), "envoy", "kubernetes"]);
    const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const strangers = rooms.map((entry) => entry.name).filter((name) => !known.has(name));
    assert.deepEqual(strangers, [], "say in rooms.test.ts and docs/architecture.md where a new room stands");
  });

  test("imports go one way", () => {
    assert.ok(imports.length > 100, "imports are found at all");
    const wrong = imports.flatMap(({ file, from, target }) => {
      if (target.startsWith("..")) return [`${file} imports ${target}, which is outside src`];
      const reason = objection(from, roomOf(target));
      return reason === undefined ? [] : [`${file} imports ${target}: ${reason}`];
    });
    assert.deepEqual(wrong, []);
  });

  test("no dialect knows another, and all know core", () => {
    const dialectOf = (file: string): string | undefined => {
      const parts = file.split(sep);
      return parts[0] === "dialects" && parts.length > 2 ? parts[1] : undefined;
    };
    const wrong = imports.flatMap(({ file, target }) => {
      const from = dialectOf(file);
      const to = dialectOf(target);
      if (to === undefined || to === from || to === "core") return [];
      const registers = roomOf(file) === "dialects" && from === undefined;
      return registers ? [] : [`${file} imports ${target}`];
    });
    assert.deepEqual(wrong, []);
  });

  test("what is not a test does not use what is only for tests", () => {
    const wrong = imports.filter(({ target }) => isTest(target)).map(({ file, target }) => `${file} imports ${target}`);
    assert.deepEqual(wrong, []);
  });

  test("no file has more than 500 lines", () => {
    const places = ["src", "test", "bench", "scripts"].flatMap((place) =>
      globSync("**/*.ts", { cwd: join(root, place) }).map((file) => join(place, file)),
    );
    const long = places
      .filter((file) => !file.startsWith(join("src", "envoy", "generated")))
      .map((file) => [file, readFileSync(join(root, file), "utf8").split("\n").length - 1] as const)
      .filter(([, lines]) => lines > 500);
    assert.deepEqual(long, []);
  });

  test("the rules themselves can be broken", () => {
    assert.equal(objection("xds", "compile"), undefined);
    assert.equal(objection("compile", "xds"), "xds/ is not left of compile/");
    assert.equal(objection("compile", "envoy"), "compile/ must not know Envoy's types");
    assert.equal(objection("compile", "model"), undefined);
    assert.equal(objection("model", "incremental"), "model/ uses nothing else");
    assert.equal(objection("serve", "status"), "status/ is not left of serve/");
    assert.equal(objection("status", "cli"), "cli/ is used by nobody");
    assert.equal(objection("status", "serve"), undefined);
  });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { textAt } from "../../model/json.ts";
import { type JsonObject, refOf, type SourceObject } from "../../model/source-object.ts";
import type { SourceBatch } from "../source.ts";
import { sourceContract } from "../source-contract.ts";
import { FileSource, type FileSourceOptions } from "./file-source.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";

const isClusterScoped = (): boolean => false;

const service = (name: string, value = "one.example"): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  type: ExternalName\n  externalName: ${value}\n`;
const keyOf = (name: string): string => `/Service/default/${name}`;

/** What a receiver knows, and promises for what it waits for. */
class View {
  readonly objects = new Map<string, SourceObject>();
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  readonly batches: SourceBatch[] = [];
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  readonly take = (batch: SourceBatch): void => {
    this.batches.push(batch);
    for (const { key, object } of batch.changes) {
      if (object === undefined) this.objects.delete(key);
      else this.objects.set(key, object);
    }
    for (const [unit, told] of batch.diagnostics) {
      if (told.length === 0) this.diagnostics.delete(unit);
      else this.diagnostics.set(unit, told);
    }
    const [ready = [], rest = []] = [true, false].map((wanted) =>
      this.#waiting.filter(({ holds }) => holds() === wanted),
    );
    this.#waiting = rest;
    for (const { resolve } of ready) resolve();
  };

  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  get names(): readonly string[] {
    return [...this.objects.values()].map(({ name }) => name).toSorted();
  }

  value(name: string): unknown {
    const spec = this.objects.get(keyOf(name))?.body.spec;
    return typeof spec === "object" && spec !== null && "externalName" in spec ? spec.externalName : undefined;
  }

  told(file: string): readonly string[] {
    return (this.diagnostics.get(file) ?? []).map(({ code, position, message }) => {
      return `${code} ${position?.line}:${position?.column} ${message}`;
    });
  }
}

interface Place {
  readonly directory: string;
  readonly path: (name: string) => string;
  readonly write: (name: string, text: string | Uint8Array) => string;
  readonly open: (options?: Partial<FileSourceOptions>) => { readonly source: FileSource; readonly view: View };
}

async function inDirectory(test: (place: Place) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "weir-files-"));
  const sources: FileSource[] = [];
  const path = (name: string): string => join(directory, name);
  try {
    await test({
      directory,
      path,
      write(name, text) {
        mkdirSync(dirname(path(name)), { recursive: true });
        writeFileSync(path(name), text);
        return path(name);
      },
      open(options = {}) {
        const source = new FileSource({ paths: [directory], isClusterScoped, ...options });
        sources.push(source);
        return { source, view: new View() };
      },
    });
  } finally {
    for (const source of sources) await source.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Timers that run when the test says so. */
class Timers {
  #tasks: { readonly at: number; readonly task: () => void }[] = [];
  #now = 0;

  readonly after = (ms: number, task: () => void): (() => void) => {
    const entry = { at: this.#now + ms, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  };

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#tasks.filter(({ at }) => at <= this.#now);
    this.#tasks = this.#tasks.filter(({ at }) => at > this.#now);
    for (const { task } of due) task();
  }
}

sourceContract("files", (test) =>
  inDirectory(async ({ open, path, write }) => {
    const { source } = open();
    const fileOf = (body: JsonObject): string => `${textAt(body, "metadata", "name")}.json`;
    await test({
      source,
      another: () => open().source,
      put: async (body) => void write(fileOf(body), JSON.stringify(body)),
      remove: async (body) => rmSync(path(fileOf(body))),
    });
  }),
);

describe("file source", () => {
  it("reads a directory with all it contains, but nothing hidden and nothing of another kind", () =>
    inDirectory(async ({ open, write }) => {
      write("a.yaml", service("a"));
      write("deep/er/b.yml", service("b"));
      write("c.JSON", '{"apiVersion":"v1","kind":"Service","metadata":{"name":"c"}}');
      for (const name of [".d.yaml", ".git/e.yaml", "f.yaml~", "g.txt", "h.yaml.swp"]) write(name, service("no"));
      const { source, view } = open();
      await source.start(view.take);
      assert.deepEqual(view.names, ["a", "b", "c"]);
      assert.equal(view.batches.length, 1);
    }));

  it("follows edits in place, by renaming over, new files and directories, and deletions", () =>
    inDirectory(async ({ open, path, write }) => {
      write("a.yaml", service("a"));
      const { source, view } = open();
      await source.start(view.take);
      write("a.yaml", service("a", "two.example"));
      await view.until(() => view.value("a") === "two.example");
      write(".a.yaml.tmp", service("a", "three.example"));
      renameSync(path(".a.yaml.tmp"), path("a.yaml"));
      await view.until(() => view.value("a") === "three.example");
      assert.equal(view.objects.get(keyOf("a"))?.generation, 3);
      write("new/deep/b.yaml", service("b"));
      await view.until(() => view.names.includes("b"));
      write("new/deep/b.yaml", service("b", "two.example"));
      await view.until(() => view.value("b") === "two.example");
      renameSync(path("new"), path("old"));
      write("old/deep/b.yaml", service("c"));
      await view.until(() => view.names.join() === "a,c");
      rmSync(path("old"), { recursive: true });
      await view.until(() => view.names.join() === "a");
      rmSync(path("a.yaml"));
      await view.until(() => view.names.length === 0);
    }));

  it("follows the swap by which a mounted ConfigMap changes", () =>
    inDirectory(async ({ open, path, write }) => {
      write("..v1/a.yaml", service("a"));
      symlinkSync("..v1", path("..data"));
      symlinkSync("..data/a.yaml", path("a.yaml"));
      const { source, view } = open();
      await source.start(view.take);
      assert.deepEqual(view.names, ["a"]);
      write("..v2/a.yaml", service("a", "two.example"));
      symlinkSync("..v2", path("..data_tmp"));
      renameSync(path("..data_tmp"), path("..data"));
      await view.until(() => view.value("a") === "two.example");
      const single = open({ paths: [path("a.yaml")] });
      await single.source.start(single.view.take);
      write("..v3/a.yaml", service("a", "three.example"));
      symlinkSync("..v3", path("..data_tmp"));
      renameSync(path("..data_tmp"), path("..data"));
      await single.view.until(() => single.view.value("a") === "three.example");
    }));

  it("waits for a path that is not there yet, and for one that goes and comes back", () =>
    inDirectory(async ({ open, path, write }) => {
      const root = path("later/conf");
      const { source, view } = open({ paths: [root] });
      await source.start(view.take);
      assert.deepEqual(view.told(root), ["WR0108 1:1 it does not exist"]);
      write("later/conf/a.yaml", service("a"));
      await view.until(() => view.names.includes("a"));
      assert.deepEqual(view.told(root), []);
      rmSync(path("later"), { recursive: true });
      await view.until(() => view.names.length === 0);
      assert.deepEqual(view.told(root), ["WR0108 1:1 it does not exist"]);
      write("later/conf/b.yaml", service("b"));
      await view.until(() => view.names.includes("b"));
    }));

  it("does not run in circles through symbolic links", () =>
    inDirectory(async ({ open, path, write }) => {
      write("conf/a.yaml", service("a"));
      symlinkSync("..", path("conf/up"));
      symlinkSync("loop.yaml", path("conf/loop.yaml"));
      const { source, view } = open();
      await source.start(view.take);
      assert.deepEqual(view.names, ["a"]);
      assert.deepEqual(view.told(path("conf/loop.yaml")), ["WR0108 1:1 its symbolic links lead in a circle"]);
    }));

  it("keeps what a file last said while it does not parse, and names the line", () =>
    inDirectory(async ({ open, path, write }) => {
      write("a.yaml", `${service("a")}---\n${service("b")}`);
      write("c.yaml", service("c"));
      const { source, view } = open();
      await source.start(view.take);
      write("a.yaml", `${service("a", "two.example")}---\nkind: [\n`);
      await view.until(() => view.diagnostics.has(path("a.yaml")));
      assert.deepEqual(view.names, ["a", "b", "c"]);
      assert.equal(view.value("a"), "one.example");
      const [diagnostic] = view.diagnostics.get(path("a.yaml")) ?? [];
      assert.equal(diagnostic?.code, "WR0101");
      assert.deepEqual(diagnostic?.position, { file: path("a.yaml"), line: 10, column: 1 });
      assert.match(diagnostic?.hint ?? "", /last readable content stays in effect/);
      write("c.yaml", service("c", "two.example"));
      await view.until(() => view.value("c") === "two.example");
      write("a.yaml", service("a", "three.example"));
      await view.until(() => !view.diagnostics.has(path("a.yaml")));
      assert.deepEqual(view.names, ["a", "c"]);
      assert.equal(view.value("a"), "three.example");
    }));

  it("keeps what a file last said while it is no text, and serves the rest", () =>
    inDirectory(async ({ open, path, write }) => {
      const bad: readonly (readonly [string, string | Uint8Array, string])[] = [
        ["latin.yaml", Buffer.from("a: 1\nb: caf\xe9\n", "latin1"), "WR0108 2:1 the line is not UTF-8"],
        ["zero.yaml", "a: 1\n\0", "WR0108 2:1 the file is binary"],
        ["wide.yaml", Buffer.from("\ufeffa: 1", "utf16le"), "WR0108 1:1 the file is UTF-16, not UTF-8"],
        [
          "large.yaml",
          `#${"x".repeat(5 * 1024 * 1024)}`,
          "WR0108 1:1 the file has 5242881 bytes; at most 5 MiB are read",
        ],
        ["deep.yaml", `a: ${"[".repeat(5000)}`, ""],
      ];
      for (const [name] of bad) write(name, service(name.replace(".yaml", "")));
      write("good.yaml", `\ufeff${service("good").replaceAll("\n", "\r\n")}`);
      const { source, view } = open();
      await source.start(view.take);
      assert.deepEqual(view.names, ["deep", "good", "large", "latin", "wide", "zero"]);
      assert.equal(view.diagnostics.size, 0);
      for (const [name, content] of bad) write(name, content);
      await view.until(() => view.diagnostics.size === bad.length);
      for (const [name, , told] of bad) {
        const [found = ""] = view.told(path(name));
        if (told === "") assert.match(found, /^WR0108 1:\d+ the document is nested more than 100 levels deep$/);
        else assert.equal(found, told);
      }
      assert.deepEqual(view.names, ["deep", "good", "large", "latin", "wide", "zero"]);
    }));

  it("moves positions with a comment without reporting a change", () =>
    inDirectory(async ({ open, write }) => {
      const file = write("a.yaml", service("a"));
      write("z.yaml", service("z"));
      const { source, view } = open();
      await source.start(view.take);
      const object = view.objects.get(keyOf("a"));
      assert.ok(object !== undefined);
      const origin = { source: "file", object: refOf(object), path: ["spec", "externalName"] };
      assert.deepEqual(source.locate(origin), { file, line: 7, column: 3 });
      write("a.yaml", `# one\n\n${service("a").replace("name: a", "name:   a # two")}`);
      write("z.yaml", service("z", "two.example"));
      await view.until(() => view.value("z") === "two.example");
      assert.deepEqual(source.locate(origin), { file, line: 9, column: 3 });
      assert.equal(view.objects.get(keyOf("a")), object);
      assert.equal(source.locate({ ...origin, source: "store" }), undefined);
    }));

  it("lets the first of two definitions count, and the other take over", () =>
    inDirectory(async ({ open, path, write }) => {
      write("b.yaml", service("web", "b.example"));
      write("a.yaml", `${service("web", "a.example")}---\n${service("web", "a2.example")}`);
      const { source, view } = open();
      await source.start(view.take);
      assert.equal(view.value("web"), "a.example");
      const first = `Service default/web is already defined at ${path("a.yaml")}:1`;
      assert.deepEqual(view.told(path("a.yaml")), [`WR0103 9:1 ${first}`]);
      assert.deepEqual(view.told(path("b.yaml")), [`WR0103 1:1 ${first}`]);
      rmSync(path("a.yaml"));
      await view.until(() => view.value("web") === "b.example");
      assert.deepEqual([...view.diagnostics], []);
      write("0.yaml", service("web", "0.example"));
      await view.until(() => view.value("web") === "0.example");
      assert.equal(view.told(path("b.yaml")).length, 1);
      assert.equal(view.objects.get(keyOf("web"))?.generation, 3);
    }));

  it("counts roots in the order in which they are given", () =>
    inDirectory(async ({ open, path, write }) => {
      write("a/web.yaml", service("web", "a.example"));
      write("b/web.yaml", service("web", "b.example"));
      const { source, view } = open({ paths: [path("b"), path("a/web.yaml")] });
      await source.start(view.take);
      assert.equal(view.value("web"), "b.example");
    }));

  it("sees changes without any report from the file system, by looking again", () =>
    inDirectory(async ({ open, write }) => {
      const timers = new Timers();
      const silent: FileSystem = { ...nodeFileSystem, watch: () => undefined };
      write("a.yaml", service("a"));
      const { source, view } = open({ fileSystem: silent, after: timers.after, pollEveryMs: 60_000 });
      await source.start(view.take);
      write("a.yaml", service("a", "two.example"));
      timers.advance(1000);
      timers.advance(5);
      await view.until(() => view.value("a") === "two.example");
    }));

  it("reads a burst of changes once", () =>
    inDirectory(async ({ open, path, write }) => {
      const timers = new Timers();
      const reads: string[] = [];
      const reports: ((name: string | undefined) => void)[] = [];
      const fileSystem: FileSystem = {
        ...nodeFileSystem,
        read: (file) => {
          reads.push(file);
          return nodeFileSystem.read(file);
        },
        watch: (_directory, changed) => {
          reports.push(changed);
          return () => {};
        },
      };
      write("a.yaml", service("a"));
      const { source, view } = open({ fileSystem, after: timers.after, now: () => 0 });
      await source.start(view.take);
      write("a.yaml", service("a", "two.example"));
      for (let count = 0; count < 100; count++) for (const changed of reports) changed("a.yaml");
      timers.advance(4);
      assert.deepEqual(reads, [path("a.yaml")]);
      timers.advance(1);
      await view.until(() => view.value("a") === "two.example");
      assert.deepEqual(reads, [path("a.yaml"), path("a.yaml")]);
    }));

  it("takes a file that is suddenly empty for one that is being written, for a while", () =>
    inDirectory(async ({ open, write }) => {
      const timers = new Timers();
      const reports: ((name: string | undefined) => void)[] = [];
      const read: string[] = [];
      let told = (): void => {};
      const fileSystem: FileSystem = {
        ...nodeFileSystem,
        read: async (file) => {
          const bytes = await nodeFileSystem.read(file);
          read.push(String(bytes.length));
          setImmediate(() => told());
          return bytes;
        },
        watch: (_directory, changed) => {
          reports.push(changed);
          return () => {};
        },
      };
      const nextRead = (): Promise<void> =>
        new Promise((resolve) => {
          told = resolve;
        });
      write("a.yaml", service("a"));
      const { source, view } = open({ fileSystem, after: timers.after, now: () => 0 });
      await source.start(view.take);
      write("a.yaml", "");
      for (const changed of reports) changed("a.yaml");
      const emptied = nextRead();
      timers.advance(5);
      await emptied;
      assert.deepEqual(view.names, ["a"]);
      write("a.yaml", service("a", "two.example"));
      for (const changed of reports) changed("a.yaml");
      timers.advance(5);
      await view.until(() => view.value("a") === "two.example");
      write("a.yaml", "");
      for (const changed of reports) changed("a.yaml");
      const emptiedAgain = nextRead();
      timers.advance(5);
      await emptiedAgain;
      timers.advance(100);
      timers.advance(5);
      await view.until(() => view.names.length === 0);
    }));

  it("keeps what it knows of a file or directory it may no longer read", () =>
    inDirectory(async ({ open, path, write }) => {
      const timers = new Timers();
      const denied = new Set<string>();
      const deny = (name: string): void => {
        if (denied.has(name)) throw Object.assign(new Error("denied"), { code: "EACCES" });
      };
      const fileSystem: FileSystem = {
        ...nodeFileSystem,
        names: async (directory) => {
          deny(directory);
          return nodeFileSystem.names(directory);
        },
        read: async (file) => {
          deny(file);
          return nodeFileSystem.read(file);
        },
        watch: () => undefined,
      };
      write("a.yaml", service("a"));
      write("deep/b.yaml", service("b"));
      const { source, view } = open({ fileSystem, after: timers.after });
      await source.start(view.take);
      denied.add(path("a.yaml")).add(path("deep"));
      write("c.yaml", service("c"));
      timers.advance(1000);
      timers.advance(5);
      await view.until(() => view.names.includes("c"));
      assert.deepEqual(view.names, ["a", "b", "c"]);
      assert.deepEqual(view.told(path("a.yaml")), ["WR0108 1:1 no permission to read it"]);
      assert.deepEqual(view.told(path("deep")), ["WR0108 1:1 no permission to read it"]);
      denied.clear();
      timers.advance(1000);
      timers.advance(5);
      await view.until(() => view.diagnostics.size === 0);
    }));
});

describe("file source, broken at random", () => {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.constantFrom(
        "\t",
        "  ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "&a ",
        "*a",
        "---\n",
        "\n",
        "\0",
        "kind: Secret\n",
      ),
      fc.string({ maxLength: 8 }),
    ),
  });

  it("never throws, and other files keep their objects", () =>
    inDirectory(async ({ open, path, write }) => {
      write("good.yaml", `${service("x")}---\n${service("other")}`);
      write("bad.yaml", service("victim"));
      const { source, view } = open();
      await source.start(view.take);
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
          let text = `${service("victim")}---\n${service("second")}`;
          for (const { at, remove, insert } of mutations) {
            const offset = Math.floor(at * text.length);
            text = text.slice(0, offset) + insert + text.slice(offset + remove);
          }
          write("bad.yaml", text);
          const value = `round-${++round}.example`;
          write("good.yaml", `${service("x", value)}---\n${service("other")}`);
          await view.until(() => view.value("x") === value);
          assert.ok(view.names.includes("other"));
          for (const diagnostic of [...view.diagnostics.values()].flat()) {
            assert.equal(diagnostic.position?.file, path("bad.yaml"));
            source.excerpt(diagnostic);
          }
        }),
        { numRuns: 60 },
      );
    }));
});

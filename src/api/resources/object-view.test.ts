import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { objectAt, textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { openSqliteStore, type SqliteStore } from "../../sources/store/sqlite/sqlite-store.ts";
import { FileOverlay } from "../testing/file-overlay.ts";
import { ObjectView, type ViewEvent } from "./object-view.ts";
import { decodeRevision, encodeRevision, type Revision } from "./revisions.ts";

const configMaps = { group: "", kind: "ConfigMap" };
const anything = { expect: { kind: "anything" } } as const;

type Command =
  | { readonly kind: "put" | "delete" | "set file" | "remove file"; readonly name: string; readonly value: string }
  | { readonly kind: "disconnect" | "reconnect" | "write elsewhere" };

const names = fc.constantFrom("a", "b");
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("put", "delete", "set file", "remove file"),
      name: names,
      value: fc.constantFrom("1", "2", "3"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("disconnect", "reconnect", "write elsewhere") }) },
);

/** A client as client-go makes them: lists, watches, comes back where it was cut off, lists again on 410. */
class Reflector {
  readonly objects = new Map<string, string>();
  readonly #view: ObjectView;
  #version: Revision = { store: "0", overlay: 0 };
  #stop: () => void = () => {};
  relists = 0;

  constructor(view: ObjectView) {
    this.#view = view;
  }

  async list(): Promise<void> {
    this.relists++;
    const listed = await this.#view.list({ kind: configMaps });
    if (listed.kind === "expired") assert.fail("a list of now cannot be expired");
    this.objects.clear();
    for (const { body } of listed.objects) this.#remember(body);
    this.#version = listed.revision;
    await this.#watch();
  }

  disconnect(): void {
    this.#stop();
  }

  /** Comes back with what its last event said, as text. */
  async reconnect(): Promise<void> {
    this.#stop();
    const told = decodeRevision(encodeRevision(this.#version));
    assert.ok(told);
    this.#version = told;
    await this.#watch();
  }

  async #watch(): Promise<void> {
    const watching = await this.#view.watch(
      { kind: configMaps, after: this.#version, isSingle: false },
      { event: (event) => this.#apply(event), expired: () => assert.fail("expired") },
    );
    if (watching.kind === "expired") await this.list();
    else this.#stop = watching.stop;
  }

  #apply({ after, before, revision }: ViewEvent): void {
    if (after === undefined) this.objects.delete(textAt(before, "metadata", "name") ?? "");
    else this.#remember(after);
    const told = after === undefined ? revision : decodeRevision(textAt(after, "metadata", "resourceVersion") ?? "");
    assert.ok(told);
    this.#version = told;
  }

  #remember(body: JsonObject): void {
    this.objects.set(textAt(body, "metadata", "name") ?? "", textAt(objectAt(body, "data"), "value") ?? "");
  }
}

async function run(store: SqliteStore, files: FileOverlay, reflector: Reflector, step: Command): Promise<void> {
  switch (step.kind) {
    case "put": {
      const ref = { ...configMaps, namespace: "shop", name: step.name, scope: "" };
      const body = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: step.name, namespace: "shop" },
        data: { value: `stored ${step.value}` },
      };
      await store.put(ref, body, anything);
      return;
    }
    case "delete":
      await store.delete({ ...configMaps, namespace: "shop", name: step.name, scope: "" }, anything);
      return;
    case "set file":
      files.set(step.name, `file ${step.value}`);
      return;
    case "remove file":
      files.remove(step.name);
      // The object in the store behind it is read before watchers are told.
      await new Promise(setImmediate);
      return;
    case "disconnect":
      reflector.disconnect();
      return;
    case "reconnect":
      await reflector.reconnect();
      return;
    case "write elsewhere":
      await store.put({ group: "", kind: "Secret", namespace: "shop", name: "s", scope: "" }, {}, anything);
  }
}

describe("object view", () => {
  it("leaves a client that lists and watches with what a list would give, however often it is cut off", () =>
    fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (commands) => {
        const directory = mkdtempSync(join(tmpdir(), "weir-view-"));
        const store = openSqliteStore({ path: join(directory, "weir.db"), refreshEveryMs: 0 });
        const files = new FileOverlay();
        files.set("a", "file 0");
        const view = await ObjectView.open({
          store,
          overlay: files,
          kinds: [configMaps],
          storeSource: "store",
          builtIn: [],
          now: Date.UTC(2026, 5, 1),
          onError: (error) => assert.fail(String(error)),
        });
        const reflector = new Reflector(view);
        try {
          await reflector.list();
          for (const step of commands) await run(store, files, reflector, step);
          await reflector.reconnect();
          const fresh = new Reflector(view);
          await fresh.list();
          assert.deepEqual(reflector.objects, fresh.objects);
          assert.equal(reflector.relists, 1, "nothing expired within one process");
        } finally {
          view.close();
          await store.close();
          rmSync(directory, { recursive: true });
        }
      }),
      { numRuns: 150 },
    ));
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { JsonObject, ObjectRef } from "../../model/source-object.ts";
import type { SourceBatch } from "../source.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite/sqlite-store.ts";
import { StoreSource } from "./store-source.ts";

const anything = { expect: { kind: "anything" } } as const;
const web: ObjectRef = { group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web", scope: "" };
const body = (extra: JsonObject = {}): JsonObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u-1",
    generation: 3,
    creationTimestamp: "2026-01-02T03:04:05Z",
    labels: { app: "web" },
    annotations: { note: "x" },
  },
  ...extra,
});

async function withStore(test: (store: SqliteStore, another: () => SqliteStore) => Promise<void>, keepEvents = 100) {
  const directory = mkdtempSync(join(tmpdir(), "weir-store-"));
  const stores: SqliteStore[] = [];
  const open = () => {
    const store = openSqliteStore({ path: join(directory, "weir.db"), refreshEveryMs: 0, keepEvents });
    stores.push(store);
    return store;
  };
  try {
    await test(open(), open);
  } finally {
    for (const store of stores) await store.close();
    rmSync(directory, { recursive: true });
  }
}

const short = (batches: readonly SourceBatch[]) =>
  batches.map(({ changes }) => changes.map(({ key, object }) => [key, object?.body.spec]));

describe("store source", () => {
  it("delivers everything as one batch, then each write within the write", () =>
    withStore(async (store) => {
      await store.put(web, body({ spec: 1 }), anything);
      await store.put({ ...web, name: "api" }, body({ spec: 2 }), anything);
      const source = new StoreSource(store);
      const batches: SourceBatch[] = [];
      await source.start((batch) => batches.push(batch));
      const key = "networking.k8s.io/Ingress/shop/";
      assert.deepEqual(short(batches), [
        [
          [`${key}api`, 2],
          [`${key}web`, 1],
        ],
      ]);
      const writing = store.put(web, body({ spec: 3 }), anything);
      assert.deepEqual(short(batches).slice(1), [[[`${key}web`, 3]]], "delivered before the promise settles");
      await writing;
      await store.delete(web, anything);
      assert.deepEqual(short(batches).slice(2), [[[`${key}web`, undefined]]]);
      await source.close();
      await store.put(web, body({ spec: 4 }), anything);
      assert.equal(batches.length, 3);
    }));

  it("carries the metadata of the object", () =>
    withStore(async (store) => {
      await store.put(web, body(), anything);
      const batches: SourceBatch[] = [];
      await new StoreSource(store, "kept").start((batch) => batches.push(batch));
      assert.deepEqual(batches[0]?.changes[0]?.object, {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        namespace: "shop",
        name: "web",
        scope: "",
        uid: "u-1",
        generation: 3,
        creationTimestamp: "2026-01-02T03:04:05Z",
        labels: { app: "web" },
        annotations: { note: "x" },
        body: body(),
        source: "kept",
      });
    }));

  it("keeps silent about writes that change nothing the pipeline can see", () =>
    withStore(async (store) => {
      await store.put(web, body(), anything);
      const batches: SourceBatch[] = [];
      await new StoreSource(store).start((batch) => batches.push(batch));
      const withManager = {
        ...body(),
        metadata: { ...Object(body().metadata), managedFields: [{ manager: "kubectl" }] },
      };
      await store.put(web, withManager, anything);
      await store.put(web, body(), anything);
      assert.equal(batches.length, 1);
    }));

  it("catches up by listing when too much has happened elsewhere", () =>
    withStore(async (store, another) => {
      await store.put(web, body({ spec: 0 }), anything);
      await store.put({ ...web, name: "gone" }, body(), anything);
      const batches: SourceBatch[] = [];
      await new StoreSource(store).start((batch) => batches.push(batch));
      const second = another();
      await second.delete({ ...web, name: "gone" }, anything);
      for (let n = 1; n <= 200; n++) await second.put(web, body({ spec: n }), anything);
      store.refresh();
      await new Promise(setImmediate);
      const key = "networking.k8s.io/Ingress/shop/";
      assert.deepEqual(short(batches).slice(1), [
        [
          [`${key}web`, 200],
          [`${key}gone`, undefined],
        ],
      ]);
      await second.put(web, body({ spec: 201 }), anything);
      store.refresh();
      assert.deepEqual(short(batches).slice(2), [[[`${key}web`, 201]]]);
    }, 10));
});

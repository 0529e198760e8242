import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type JsonObject, objectKey, refOf, type SourceObject } from "../model/source-object.ts";
import type { Source, SourceBatch } from "./source.ts";

/** One source to test and a hand on what it reads from. Objects are whole bodies with `metadata.name` and `metadata.namespace`. */
export interface SourceUnderTest {
  readonly source: Source;
  /** A second source over the same content, as after a restart. */
  readonly another: () => Source;
  /** Resolves once the content has it; the source need not have noticed yet. */
  readonly put: (body: JsonObject) => Promise<void>;
  readonly remove: (body: JsonObject) => Promise<void>;
}

export type WithSource = (test: (subject: SourceUnderTest) => Promise<void>) => Promise<void>;

/** With what an API server would fill in, so that it comes back from one as it is. */
const service = (name: string, value: string): JsonObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop", labels: { app: name } },
  spec: { type: "ExternalName", externalName: value, sessionAffinity: "None" },
});
const web = "/Service/shop/web";
const api = "/Service/shop/api";

/** Takes the batches of a source, checks what holds for each, and waits for what a test expects without asking again and again. */
class Receiver {
  readonly objects = new Map<string, SourceObject>();
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  batches = 0;
  #isInside = false;
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  readonly take = (batch: SourceBatch): void => {
    assert.equal(this.#isInside, false, "batches overlap");
    this.#isInside = true;
    this.batches++;
    const keys = batch.changes.map(({ key }) => key);
    assert.deepEqual(keys, [...new Set(keys)], "a key is reported twice in one batch");
    assert.notEqual(batch.changes.length + batch.diagnostics.size, 0, "a batch says nothing");
    for (const { key, object } of batch.changes) this.#change(key, object);
    for (const [unit, told] of batch.diagnostics) this.diagnostics.set(unit, told);
    this.#isInside = false;
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  };

  #change(key: string, object: SourceObject | undefined): void {
    if (object === undefined) {
      assert.ok(this.objects.delete(key), `${key} went away without having been there`);
      return;
    }
    assert.equal(objectKey(refOf(object)), key);
    assert.equal(isDeepStrictEqual(this.objects.get(key), object), false, `${key} is reported though nothing changed`);
    this.objects.set(key, object);
  }

  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }

  spec(key: string): unknown {
    return this.objects.get(key)?.body.spec;
  }
}

/** What every source has to do. */
export function sourceContract(name: string, withSource: WithSource): void {
  const test = (title: string, body: (subject: SourceUnderTest) => Promise<void>): void => {
    void it(title, () => withSource(body));
  };

  void describe(`source contract: ${name}`, () => {
    test("has delivered everything when start resolves", async ({ source, put }) => {
      await put(service("web", "one.example"));
      await put(service("api", "two.example"));
      const receiver = new Receiver();
      await source.start(receiver.take);
      assert.deepEqual([...receiver.objects.keys()].toSorted(), [api, web]);
      assert.deepEqual(receiver.spec(web), service("web", "one.example").spec);
    });

    test("starts on nothing and tells of what appears, changes and goes", async ({ source, put, remove }) => {
      const receiver = new Receiver();
      await source.start(receiver.take);
      assert.equal(receiver.objects.size, 0);
      await put(service("web", "one.example"));
      await receiver.until(() => receiver.objects.has(web));
      await put(service("web", "two.example"));
      await receiver.until(() => isDeepStrictEqual(receiver.spec(web), service("web", "two.example").spec));
      await remove(service("web", ""));
      await receiver.until(() => !receiver.objects.has(web));
    });

    test("does not report an object again that did not change", async ({ source, put }) => {
      await put(service("web", "one.example"));
      const receiver = new Receiver();
      await source.start(receiver.take);
      await put(service("web", "one.example"));
      await put(service("api", "two.example"));
      await receiver.until(() => receiver.objects.has(api));
      assert.equal(receiver.objects.get(web)?.generation, 1);
    });

    test("names itself in its objects and fills in what identifies them", async ({ source, put }) => {
      await put(service("web", "one.example"));
      const receiver = new Receiver();
      await source.start(receiver.take);
      const object = receiver.objects.get(web);
      assert.equal(object?.source, source.id);
      assert.equal(object?.namespace, "shop");
      assert.deepEqual(object?.labels, { app: "web" });
      assert.notEqual(object?.uid, "");
    });

    test("gives an object the same identity after a restart, and a higher generation after a change", async (subject) => {
      await subject.put(service("web", "one.example"));
      const receiver = new Receiver();
      await subject.source.start(receiver.take);
      const first = receiver.objects.get(web);
      const again = new Receiver();
      const another = subject.another();
      await another.start(again.take);
      assert.equal(again.objects.get(web)?.uid, first?.uid);
      await another.close();
      await subject.put(service("web", "two.example"));
      await receiver.until(() => isDeepStrictEqual(receiver.spec(web), service("web", "two.example").spec));
      assert.ok((receiver.objects.get(web)?.generation ?? 0) > (first?.generation ?? 0));
    });

    test("delivers nothing after close", async ({ source, another, put }) => {
      const receiver = new Receiver();
      await source.start(receiver.take);
      await source.close();
      const before = receiver.batches;
      const witness = new Receiver();
      const other = another();
      await other.start(witness.take);
      await put(service("web", "one.example"));
      await witness.until(() => witness.objects.has(web));
      await other.close();
      assert.equal(receiver.batches, before);
    });
  });
}

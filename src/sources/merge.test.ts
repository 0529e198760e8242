import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Diagnostic } from "../model/diagnostic.ts";
import { objectKey, refOf, type SourceObject } from "../model/source-object.ts";
import { SourceMerger } from "./merge.ts";
import type { SourceBatch, SourceChange } from "./source.ts";

const order = ["file", "store", "kubernetes"];

function object(source: string, name: string, value: number): SourceObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    namespace: "shop",
    name,
    scope: "",
    uid: `${source}/${name}`,
    generation: value,
    creationTimestamp: "",
    labels: {},
    annotations: {},
    body: { spec: value },
    source,
  };
}

const keyOf = (name: string): string => objectKey(refOf(object("", name, 0)));

/** A receiver of batches: what it knows after all of them. */
class View {
  readonly objects = new Map<string, SourceObject>();
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();

  take(batch: SourceBatch): void {
    for (const { key, object: changed } of batch.changes) {
      if (changed === undefined) assert.ok(this.objects.delete(key), `${key} went away twice`);
      else {
        assert.notEqual(this.objects.get(key), changed, `${key} was reported though nothing changed`);
        this.objects.set(key, changed);
      }
    }
    for (const [unit, told] of batch.diagnostics) {
      if (told.length === 0) this.diagnostics.delete(unit);
      else this.diagnostics.set(unit, told);
    }
  }
}

const edits = fc.array(
  fc.record({
    source: fc.constantFrom(...order),
    changes: fc.uniqueArray(fc.record({ name: fc.constantFrom("a", "b", "c"), value: fc.option(fc.nat(3)) }), {
      selector: ({ name }) => name,
    }),
  }),
  { maxLength: 30 },
);

test("any sequence of batches ends where one batch of each source's final content ends", () => {
  fc.assert(
    fc.property(edits, fc.shuffledSubarray(order, { minLength: order.length }), (sequence, finalOrder) => {
      const incremental = new SourceMerger(order);
      const seen = new View();
      const held = new Map(order.map((source) => [source, new Map<string, SourceObject>()]));
      for (const { source, changes } of sequence) {
        const known = held.get(source) ?? new Map<string, SourceObject>();
        const real = changes.flatMap(({ name, value }): SourceChange[] => {
          if (value === null) return known.delete(name) ? [{ key: keyOf(name), object: undefined }] : [];
          const next = object(source, name, value);
          known.set(name, next);
          return [{ key: keyOf(name), object: next }];
        });
        seen.take(incremental.apply(source, { changes: real, diagnostics: new Map() }));
      }
      const fresh = new SourceMerger(order);
      const rebuilt = new View();
      for (const source of finalOrder) {
        const changes = [...(held.get(source) ?? [])].map(([name, value]) => ({ key: keyOf(name), object: value }));
        rebuilt.take(fresh.apply(source, { changes, diagnostics: new Map() }));
      }
      assert.deepEqual(seen.objects, rebuilt.objects);
      assert.deepEqual(seen.diagnostics, rebuilt.diagnostics);
      for (const [key, value] of seen.objects) {
        const first = order.find((source) => held.get(source)?.has(value.name));
        assert.equal(value.source, first, `${key} comes from the first source that has it`);
      }
    }),
  );
});

test("the object of the earlier source wins, the other one is told so until it is alone", () => {
  const merger = new SourceMerger(order);
  const store = object("store", "web", 1);
  const file = object("file", "web", 2);
  const key = keyOf("web");
  assert.deepEqual(merger.apply("store", { changes: [{ key, object: store }], diagnostics: new Map() }).changes, [
    { key, object: store },
  ]);
  const taken = merger.apply("file", { changes: [{ key, object: file }], diagnostics: new Map([["a.yaml", []]]) });
  assert.deepEqual(taken.changes, [{ key, object: file }]);
  assert.deepEqual(taken.diagnostics.get("file:a.yaml"), []);
  assert.deepEqual(
    taken.diagnostics.get(`shadowed:store:${key}`)?.map(({ code, message }) => `${code} ${message}`),
    ['WR0109 Service shop/web of the source "store" has no effect: "file" defines it too and comes first'],
  );
  const back = merger.apply("file", { changes: [{ key, object: undefined }], diagnostics: new Map() });
  assert.deepEqual(back, { changes: [{ key, object: store }], diagnostics: new Map([[`shadowed:store:${key}`, []]]) });
});

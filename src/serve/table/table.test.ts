import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";
import { hostBlocks } from "../../xds/routes/host-block.ts";
import { assembleTable } from "../../xds/routes/route-table.ts";
import { TableCache } from "./table-cache.ts";
import { diffTables } from "./table-diff.ts";

function host(name: string, version: string, clusters: readonly string[] = []): EncodedVirtualHost {
  return {
    name,
    version: `${name}@${version}`,
    bytes: Buffer.from(`${name}@${version};`),
    requires: { clusters, secrets: [], extensions: [] },
  };
}

function table(hosts: Iterable<EncodedVirtualHost>): EncodedRouteTable {
  return assembleTable("t", Buffer.from("head;"), hostBlocks(hosts));
}

function textsOf({ blocks }: EncodedRouteTable): readonly string[] {
  return blocks.flatMap(({ hosts }) => hosts.map(({ bytes }) => Buffer.from(bytes).toString())).sort();
}

const edits = fc.array(
  fc.record({
    name: fc.integer({ min: 0, max: 600 }).map((n) => `h${String(n).padStart(3, "0")}`),
    version: fc.constantFrom("1", "2", undefined),
  }),
  { maxLength: 300, size: "max" },
);

function apply(
  hosts: ReadonlyMap<string, EncodedVirtualHost>,
  list: readonly { readonly name: string; readonly version: string | undefined }[],
) {
  const next = new Map(hosts);
  for (const { name, version } of list) {
    if (version === undefined) next.delete(name);
    else next.set(name, host(name, version));
  }
  return next;
}

describe("a table with hold-backs", () => {
  const full = table([host("a", "2"), host("b", "2", ["x"]), host("c", "2", ["y"])]);

  it("has earlier versions of hosts in their place and leaves absent ones out", () => {
    const cache = new TableCache();
    const overrides = new Map([
      ["a", host("a", "1")],
      ["c", undefined],
    ]);
    const partly = cache.partly(full, overrides, full.head);
    assert.deepEqual(textsOf(partly), ["a@1;", "b@2;"]);
    assert.equal(partly.byteLength, "head;a@1;b@2;".length);
    assert.notEqual(partly.version, full.version);
    assert.equal(cache.partly(full, new Map(overrides), full.head), partly, "equal hold-backs share one table");
    const other = cache.partly(full, new Map([...overrides, ["a", host("a", "0")]]), full.head);
    assert.notEqual(other.version, partly.version);
    assert.notEqual(cache.partly(full, new Map(), Buffer.from("other;")).version, full.version);
    assert.equal(cache.partly(full, new Map(), full.head), full);
  });

  it("is what a table of the same hosts is", () => {
    const partly = new TableCache().partly(full, new Map([["b", undefined]]), full.head);
    assert.equal(partly.version, table([host("c", "2"), host("a", "2")]).version);
  });

  it("shares the blocks of the table in which nothing is held back", () => {
    const large = table(Array.from({ length: 10_000 }, (_, index) => host(`h${index}`, "1")));
    const partly = new TableCache().partly(large, new Map([["h5000", undefined]]), large.head);
    const kept = new Set(large.blocks);
    assert.equal(partly.blocks.filter((block) => !kept.has(block)).length, 1);
  });

  it("knows what its hosts require", () => {
    const cache = new TableCache();
    assert.equal(cache.uses(full, "cluster", "y"), true);
    assert.equal(cache.uses(full, "cluster", "z"), false);
    assert.equal(cache.uses(full, "secret", "y"), false);
  });
});

describe("comparing tables", () => {
  it("finds what changed, and only that", () => {
    fc.assert(
      fc.property(edits, edits, (first, second) => {
        const from = apply(new Map(), first);
        const to = apply(from, second);
        const { changed, removed } = diffTables(table(from.values()), table(to.values()));
        const wantChanged = [...to.keys()].filter((name) => from.get(name)?.version !== to.get(name)?.version).sort();
        assert.deepEqual(changed.map(({ name }) => name).sort(), wantChanged);
        for (const change of changed) assert.equal(change.from, from.get(change.name));
        assert.deepEqual([...removed].sort(), [...from.keys()].filter((name) => !to.has(name)).sort());
      }),
    );
  });
});

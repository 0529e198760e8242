import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";
import { assembleTable, type TableAssembly } from "./table-assembly.ts";
import { TableCache } from "./table-cache.ts";
import { diffHosts } from "./table-diff.ts";

function host(name: string, version: string, clusters: readonly string[] = []): EncodedVirtualHost {
  return {
    name,
    version,
    bytes: Buffer.from(`${name}@${version};`),
    requires: { clusters, secrets: [], extensions: [] },
  };
}

function table(hosts: readonly EncodedVirtualHost[], version = "v"): EncodedRouteTable {
  const virtualHosts = hosts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: "table", type: "route", name: "t", version, head: Buffer.from("head;"), virtualHosts };
}

function text({ head, blocks }: TableAssembly): string {
  return Buffer.concat([head, ...blocks.flatMap((block) => block.hosts.map(({ bytes }) => bytes))]).toString();
}

function plain({ head, virtualHosts }: EncodedRouteTable): string {
  return Buffer.concat([head, ...virtualHosts.map(({ bytes }) => bytes)]).toString();
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

describe("assembling a table", () => {
  it("gives its bytes, whatever it is built upon", () => {
    fc.assert(
      fc.property(edits, fc.array(edits, { maxLength: 6 }), (first, later) => {
        let hosts = apply(new Map(), first);
        let assembly = assembleTable(table([...hosts.values()]), undefined);
        for (const list of later) {
          hosts = apply(hosts, list);
          const next = table([...hosts.values()]);
          assembly = assembleTable(next, assembly);
          assert.equal(text(assembly), plain(next));
          assert.equal(assembly.byteLength, plain(next).length);
          for (const block of assembly.blocks) assert.ok(block.hosts.length <= 128);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("builds one block anew for one changed, added or removed host of ten thousand", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `h${String(index * 2).padStart(6, "0")}`);
    const hosts = names.map((name) => host(name, "1"));
    const before = assembleTable(table(hosts), undefined);
    const kept = new Set(before.blocks);
    const anew = (next: readonly EncodedVirtualHost[]) =>
      assembleTable(table(next), before).blocks.filter((block) => !kept.has(block)).length;
    assert.ok(before.blocks.length > 100);
    assert.equal(anew(hosts.with(5_000, host(names[5_000] ?? "", "2"))), 1);
    assert.equal(anew([...hosts, host("h005001", "1")]), 1);
    assert.equal(anew([host("a", "1"), ...hosts]), 1);
    assert.equal(anew([...hosts, host("z", "1")]), 1);
    assert.equal(anew(hosts.toSpliced(7_777, 1)), 1);
    assert.equal(anew(hosts), 0);
  });

  it("keeps earlier versions of hosts in their place and leaves absent ones out", () => {
    const cache = new TableCache();
    const full = cache.full(table([host("a", "2"), host("b", "2"), host("c", "2")]), undefined);
    const overrides = new Map([
      ["a", host("a", "1")],
      ["c", undefined],
    ]);
    const partly = cache.partly(full, overrides, full.head);
    assert.equal(text(partly), "head;a@1;b@2;");
    assert.notEqual(partly.version, full.version);
    assert.equal(cache.partly(full, new Map(overrides), full.head), partly, "equal hold-backs share one assembly");
    const other = cache.partly(
      full,
      new Map([
        ["a", host("a", "0")],
        ["c", undefined],
      ]),
      full.head,
    );
    assert.notEqual(other.version, partly.version);
    assert.notEqual(cache.partly(full, new Map(), Buffer.from("other;")).version, full.version);
    assert.equal(cache.partly(full, new Map(), full.head), full);
  });

  it("knows what its hosts require", () => {
    const cache = new TableCache();
    const full = cache.full(table([host("a", "1", ["x"]), host("b", "1", ["y"])]), undefined);
    assert.equal(cache.uses(full, "cluster", "y"), true);
    assert.equal(cache.uses(full, "cluster", "z"), false);
    assert.equal(cache.uses(full, "secret", "y"), false);
  });
});

describe("comparing hosts", () => {
  it("finds what changed, and only that", () => {
    fc.assert(
      fc.property(edits, edits, (first, second) => {
        const from = apply(new Map(), first);
        const to = apply(from, second);
        const { changed, removed } = diffHosts(
          table([...from.values()]).virtualHosts,
          table([...to.values()]).virtualHosts,
        );
        const wantChanged = [...to.keys()].filter((name) => from.get(name)?.version !== to.get(name)?.version).sort();
        assert.deepEqual(
          changed.map(({ name }) => name),
          wantChanged,
        );
        for (const change of changed) assert.equal(change.from, from.get(change.name));
        assert.deepEqual([...removed].sort(), [...from.keys()].filter((name) => !to.has(name)).sort());
      }),
    );
  });
});

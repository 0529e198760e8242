import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EncodedVirtualHost } from "../resource.ts";
import { hostBlocks, hostIn, hostsOf } from "./host-block.ts";

function host(name: string): EncodedVirtualHost {
  return { name, version: name, bytes: Buffer.from(name), requires: { clusters: [], secrets: [], extensions: [] } };
}

describe("blocks of hosts", () => {
  it("hold every host once, wherever it stood, and find it again", () => {
    const names = ["*", "a.example.com", "*.example.com", "b.example.com"];
    const blocks = hostBlocks(names.map(host));
    const reversed = hostBlocks(names.toReversed().map(host));
    assert.deepEqual(
      blocks.map(({ index, version }) => [index, version]),
      reversed.map(({ index, version }) => [index, version]),
    );
    assert.deepEqual(
      hostsOf({ blocks })
        .map(({ name }) => name)
        .sort(),
      names.toSorted(),
    );
    for (const name of names) assert.equal(hostIn({ blocks }, name)?.name, name);
    assert.equal(hostIn({ blocks }, "c.example.com"), undefined);
  });

  it("are of one size where names differ in a number only", () => {
    const sizes = hostBlocks(Array.from({ length: 10_000 }, (_, index) => host(`shop-${index}.example.com`))).map(
      ({ hosts }) => hosts.length,
    );
    assert.equal(sizes.length, 128);
    assert.ok(Math.max(...sizes) < 2 * Math.min(...sizes), `${Math.min(...sizes)} to ${Math.max(...sizes)}`);
  });
});

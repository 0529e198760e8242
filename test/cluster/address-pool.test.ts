import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createAddressPool } from "../../scripts/cluster-tools/load-balancer/address-pool.ts";

test("gives a Service the same address again and another Service another", () => {
  const pool = createAddressPool("10.0.0.");
  assert.equal(pool.claim("a"), "10.0.0.1");
  assert.equal(pool.claim("b"), "10.0.0.2");
  assert.equal(pool.claim("a"), "10.0.0.1");
});

test("honours a wanted address unless it is another Service's or not of the pool", () => {
  const pool = createAddressPool("10.0.0.");
  assert.equal(pool.claim("a", "10.0.0.7"), "10.0.0.7");
  assert.equal(pool.claim("b", "10.0.0.7"), undefined);
  assert.equal(pool.claim("b", "192.0.2.1"), undefined);
  pool.release("a");
  assert.equal(pool.claim("b", "10.0.0.7"), "10.0.0.7");
});

test("moves a Service that asks for another address, and frees the old one", () => {
  const pool = createAddressPool("10.0.0.");
  pool.claim("a");
  assert.equal(pool.claim("a", "10.0.0.9"), "10.0.0.9");
  assert.equal(pool.claim("b", "10.0.0.1"), "10.0.0.1");
});

test("has 254 addresses", () => {
  const pool = createAddressPool("10.0.0.");
  const given = Array.from({ length: 254 }, (_, index) => pool.claim(`service-${index}`));
  assert.equal(new Set(given).size, 254);
  assert.equal(pool.claim("one too many"), undefined);
  pool.release("service-100");
  assert.equal(pool.claim("one too many"), given[100]);
});

test("no two Services ever have the same address", () => {
  const step = fc.record({
    service: fc.constantFrom("a", "b", "c", "d"),
    wanted: fc.option(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"), { nil: undefined }),
    releases: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const pool = createAddressPool("10.0.0.");
      const held = new Map<string, string>();
      for (const { service, wanted, releases } of steps) {
        if (releases) {
          pool.release(service);
          held.delete(service);
          continue;
        }
        const address = pool.claim(service, wanted);
        if (address !== undefined) held.set(service, address);
        assert.equal(new Set(held.values()).size, held.size);
      }
    }),
  );
});

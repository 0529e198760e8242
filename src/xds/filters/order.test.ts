import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { carriedOutBy, httpFilters } from "./order.ts";

function isSlot(value: unknown): value is (typeof httpFilters)[number] {
  return typeof value === "object" && value !== null && "inChain" in value && "forRule" in value;
}

describe("the table of HTTP filters", () => {
  it("holds every filter of this folder once", async () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && !file.includes(".test."));
    const modules = await Promise.all(files.filter((file) => file !== "order.ts").map((file) => import(`./${file}`)));
    const slots = modules.flatMap((module) => Object.values<unknown>(module).filter(isSlot));
    assert.equal(slots.length, httpFilters.length);
    for (const slot of slots) assert.ok(httpFilters.includes(slot), `${slot.name} is not in the table`);
    assert.equal(new Set(httpFilters.map(({ name }) => name)).size, httpFilters.length);
  });

  it("ends with the router, and everything before it is switched off by default", () => {
    assert.equal(httpFilters.at(-1)?.name, "envoy.filters.http.router");
    for (const { name, inChain } of httpFilters.slice(0, -1)) {
      assert.equal("disabled" in inChain && inChain.disabled, true, name);
      assert.equal(inChain.name, name);
    }
  });

  it("holds the filters that carry out steps", () => {
    const carriers = Object.values(carriedOutBy).flatMap((by) => (by === "route" ? [] : by));
    for (const slot of carriers) assert.ok(httpFilters.includes(slot), slot.name);
  });
});

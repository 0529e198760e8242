import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Graph } from "./graph.ts";

function graphWith(errors: string[] = []): Graph {
  return new Graph({ onError: (name, key, error) => errors.push(`${name} ${key}: ${String(error)}`) });
}

describe("what a change costs", () => {
  it("recomputes only the keys that read what changed", () => {
    const graph = graphWith();
    const services = graph.input<number>("services");
    const routes = graph.input<string>("routes");
    const resolved = graph.derive("resolved", routes, (service, key, context) => [
      [key, context.get(services, service) ?? 0],
    ]);
    graph.transaction(() => {
      for (let index = 0; index < 100; index++) {
        services.set(`s${index}`, index);
        routes.set(`r${index}`, `s${index}`);
      }
    });
    const before = graph.statistics().find((node) => node.name === "resolved")?.recomputed ?? 0;
    graph.transaction(() => services.set("s7", 700));
    assert.equal(resolved.get("r7"), 700);
    assert.equal(graph.statistics().find((node) => node.name === "resolved")?.recomputed, before + 1);
  });

  it("stops where a recomputed value is structurally the same", () => {
    const graph = graphWith();
    const input = graph.input<{ text: string; comment: string }>("input");
    const texts = graph.derive("texts", input, (value, key) => [[key, { text: value.text }]]);
    const lengths = graph.derive("lengths", texts, (value, key) => [[key, value.text.length]]);
    graph.transaction(() => input.set("a", { text: "x", comment: "one" }));
    const kept = texts.get("a");
    graph.transaction(() => input.set("a", { text: "x", comment: "two" }));
    assert.equal(texts.get("a"), kept);
    assert.equal(graph.statistics().find((node) => node.name === "lengths")?.recomputed, 1);
    assert.equal(lengths.get("a"), 1);
  });

  it("copies one group and leaves the others alone", () => {
    const graph = graphWith();
    const input = graph.input<string>("input");
    const groups = graph.group("byHost", input, (host) => [host]);
    graph.transaction(() => {
      for (let index = 0; index < 50; index++) input.set(`r${index}`, `h${index % 5}`);
    });
    const untouched = groups.get("h1");
    graph.transaction(() => input.set("new", "h0"));
    assert.equal(groups.get("h0")?.length, 11);
    assert.equal(groups.get("h1"), untouched);
  });
});

describe("defects and misuse", () => {
  it("a derivation that throws costs its own key only, and recovers with its input", () => {
    const errors: string[] = [];
    const graph = graphWith(errors);
    const input = graph.input<number>("input");
    const inverse = graph.derive("inverse", input, (value, key) => {
      if (value === 0) throw new Error("zero");
      return [[key, 1 / value]];
    });
    graph.transaction(() => {
      input.set("a", 0);
      input.set("b", 2);
    });
    assert.equal(inverse.get("a"), undefined);
    assert.equal(inverse.get("b"), 0.5);
    assert.deepEqual(errors, ["inverse a: Error: zero"]);
    graph.transaction(() => input.set("a", 4));
    assert.equal(inverse.get("a"), 0.25);
  });

  it("refuses edits outside a transaction and collections made too late", () => {
    const graph = graphWith();
    const input = graph.input<number>("input");
    assert.throws(() => input.set("a", 1), /outside a transaction/);
    graph.transaction(() => input.set("a", 1));
    assert.throws(() => graph.derive("late", input, (value, key) => [[key, value]]), /after its input was filled/);
  });

  it("runs a transaction started by a subscriber after the current one was delivered to everybody", () => {
    const graph = graphWith();
    const input = graph.input<number>("input");
    const seen: string[] = [];
    input.subscribe((changes) => {
      if (changes.has("a")) graph.transaction(() => input.set("b", 2));
    });
    input.subscribe((changes) => seen.push([...changes.keys()].join()));
    graph.transaction(() => input.set("a", 1));
    assert.deepEqual(seen, ["a", "b"]);
  });
});

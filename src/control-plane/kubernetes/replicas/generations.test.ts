import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InputCollection } from "../../../incremental/collection.ts";
import { Graph } from "../../../incremental/graph.ts";
import { objectKey } from "../../../model/source-object.ts";
import type { StatusReport } from "../../../model/status.ts";
import { Generations } from "./generations.ts";

const group = "gateway.networking.k8s.io";

interface Said {
  readonly generation: number;
  readonly resolved?: "True" | "False";
  readonly routes?: number;
  readonly message?: string;
}

function gateway(name: string, { generation, resolved = "True", routes = 0, message = "" }: Said): StatusReport {
  return {
    object: { group, kind: "Gateway", namespace: "shop", name, scope: "" },
    generation,
    status: {
      conditions: [{ type: "Accepted", status: "True", reason: "Accepted", message }],
      listeners: [
        {
          name: "https",
          attachedRoutes: routes,
          conditions: [{ type: "ResolvedRefs", status: resolved, reason: "ResolvedRefs", message }],
        },
      ],
    },
  };
}

function listenerSet(name: string, generation: number): StatusReport {
  return {
    object: { group, kind: "ListenerSet", namespace: "shop", name, scope: "" },
    generation,
    programmedBy: "shop/edge",
    status: { conditions: [] },
  };
}

function route(generation: number): StatusReport {
  return { object: { group, kind: "HTTPRoute", namespace: "shop", name: "web", scope: "" }, generation, status: {} };
}

class Replica {
  readonly #graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  readonly #reports: InputCollection<StatusReport> = this.#graph.input("reports");
  readonly generations = new Generations(this.#reports, (name) => name);

  say(...reports: readonly StatusReport[]): this {
    this.#graph.transaction(() => {
      for (const report of reports) this.#reports.set(objectKey(report.object), report);
    });
    return this;
  }

  forget({ object }: StatusReport): this {
    this.#graph.transaction(() => this.#reports.delete(objectKey(object)));
    return this;
  }

  get edge(): string {
    return this.generations.of("shop/edge");
  }
}

const first = (): Replica => new Replica().say(gateway("edge", { generation: 1 }));

describe("the generations of a Gateway that a replica serves", () => {
  it("are the same on replicas that have seen the same, in whichever order and release", () => {
    const one = new Replica().say(gateway("edge", { generation: 2 })).say(listenerSet("a", 1), listenerSet("b", 4));
    const other = new Replica()
      .say(listenerSet("b", 4), gateway("other", { generation: 9 }))
      .say(gateway("edge", { generation: 1 }))
      .say(listenerSet("a", 1))
      .say(gateway("edge", { generation: 2, message: "in other words" }));
    assert.equal(one.edge, other.edge);
    assert.notEqual(one.edge, "");
  });

  it("differ with a generation, with one of a ListenerSet, and with what is missing for a listener", () => {
    const texts = [
      first(),
      first().say(gateway("edge", { generation: 2 })),
      first().say(gateway("edge", { generation: 1, resolved: "False" })),
      first().say(listenerSet("a", 1)),
      first().say(listenerSet("a", 2)),
      new Replica(),
    ].map(({ edge }) => edge);
    assert.equal(new Set(texts).size, texts.length, texts.join());
  });

  it("stay the same while routes come and go", () => {
    const replica = first();
    const before = replica.edge;
    assert.equal(replica.say(gateway("edge", { generation: 1, routes: 7 }), route(3)).edge, before);
  });

  it("go back with a ListenerSet that goes, and are forgotten with the Gateway", () => {
    const replica = first();
    const before = replica.edge;
    replica.say(listenerSet("a", 1)).forget(listenerSet("a", 1));
    assert.equal(replica.edge, before);
    assert.equal(replica.forget(gateway("edge", { generation: 1 })).edge, "");
  });

  it("are told to have changed for the Gateways concerned, and for no route", () => {
    const told: string[][] = [];
    const replica = first();
    replica.generations.subscribe((proxyClasses) => told.push([...proxyClasses]));
    replica.say(route(1));
    replica.say(gateway("other", { generation: 1 }), listenerSet("a", 1));
    assert.deepEqual(
      told.map((each) => each.toSorted()),
      [["shop/edge", "shop/other"]],
    );
  });
});

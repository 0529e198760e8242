import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Graph } from "../incremental/graph.ts";
import { listAt, textAt } from "../model/json.ts";
import { type Json, objectKey } from "../model/source-object.ts";
import type { StatusReport } from "../model/status.ts";
import type { ProxyClassState } from "./programmed.ts";
import { StatusPublisher } from "./publisher.ts";
import { type StatusTarget, StatusWriter } from "./writer.ts";

const object = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "shop", name: "edge", scope: "" };
const acknowledged: ProxyClassState = { connected: 1, synced: 1, ready: 1 };
const gone: ProxyClassState = { connected: 0, synced: 0, ready: 0 };
const cutOff: ProxyClassState = { ...gone, awaited: true };

/** The status of one Gateway, as leaders write it one after the other. */
class Written implements StatusTarget {
  status: Json | undefined;
  writes = 0;

  update(_object: object, next: (previous: Json | undefined) => Json | undefined): Promise<boolean> {
    const status = next(this.status);
    if (status === undefined) return Promise.resolve(false);
    this.status = status;
    this.writes++;
    return Promise.resolve(true);
  }

  get programmed(): string {
    const condition = listAt(this.status, "conditions").find((one) => textAt(one, "type") === "Programmed");
    return `${textAt(condition, "status")} ${textAt(condition, "reason")}`;
  }
}

/** A replica that leads. */
class Leader {
  state = gone;
  readonly #graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  readonly #reports = this.#graph.input<StatusReport>("reports");
  readonly #writer: StatusWriter;
  readonly #publisher: StatusPublisher;

  constructor(target: Written) {
    this.#writer = new StatusWriter({
      target,
      gatherMs: 100,
      longestGatherMs: 1000,
      clock: () => 0,
      writesAtOnce: 1,
      retryMs: undefined,
      now: () => new Date(),
      setTimer: () => ({}),
      yieldToOthers: () => Promise.resolve(),
      onError: (_object, error) => assert.fail(String(error)),
    });
    this.#publisher = new StatusPublisher({
      reports: this.#reports,
      writer: this.#writer,
      proxyClassOf: (gateway) => gateway,
      stateOf: () => this.state,
      addressesOf: () => undefined,
    });
    this.#publisher.start();
  }

  async report(generation: number): Promise<void> {
    const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "" };
    const said = { object, generation, status: { conditions: [accepted] } };
    this.#graph.transaction(() => this.#reports.set(objectKey(object), said));
    await this.#writer.flush();
  }

  async proxies(state: ProxyClassState): Promise<void> {
    this.state = state;
    this.#publisher.proxiesChanged("shop/edge");
    await this.#writer.flush();
  }
}

describe("a Gateway whose proxies are cut off", () => {
  it("stays programmed while they are awaited, and no longer", async () => {
    const written = new Written();
    const leader = new Leader(written);
    await leader.report(1);
    await leader.proxies(acknowledged);
    assert.equal(written.programmed, "True Programmed");
    const before = written.writes;
    await leader.proxies(cutOff);
    assert.equal(written.writes, before);
    await leader.proxies(gone);
    assert.equal(written.programmed, "False NoResources");
  });

  it("is not programmed for a generation that nobody acknowledged", async () => {
    const written = new Written();
    const leader = new Leader(written);
    await leader.report(1);
    await leader.proxies(acknowledged);
    leader.state = cutOff;
    await leader.report(2);
    assert.equal(written.programmed, "False NoResources");
    await leader.proxies(acknowledged);
    assert.equal(written.programmed, "True Programmed");
  });

  it("costs a new leader no write while it awaits them", async () => {
    const written = new Written();
    const leader = new Leader(written);
    await leader.report(1);
    await leader.proxies(acknowledged);
    const before = written.writes;
    const next = new Leader(written);
    next.state = cutOff;
    await next.report(1);
    await next.proxies(acknowledged);
    assert.equal(written.writes, before);
  });
});

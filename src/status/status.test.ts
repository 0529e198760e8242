import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Json } from "../model/source-object.ts";
import type { StatusReport, StatusValue } from "../model/status.ts";
import { addProgrammed } from "./programmed.ts";
import { stampConditions } from "./stamp.ts";
import { StatusWriter } from "./writer.ts";

const object = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "shop", name: "web", scope: "" };
const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "" } as const;

function report(status: StatusValue): StatusReport {
  return { object, generation: 3, status };
}

describe("stamping conditions", () => {
  it("keeps the transition time while the status stays, and moves it when the status changes", () => {
    const first = stampConditions({ conditions: [accepted] }, undefined, 1, "2026-01-01T00:00:00Z");
    const second = stampConditions(
      { conditions: [{ ...accepted, message: "again" }] },
      first,
      2,
      "2026-01-02T00:00:00Z",
    );
    assert.deepEqual(second, {
      conditions: [
        { ...accepted, message: "again", observedGeneration: 2, lastTransitionTime: "2026-01-01T00:00:00Z" },
      ],
    });
    const third = stampConditions(
      { conditions: [{ ...accepted, status: "False" }] },
      second,
      3,
      "2026-01-03T00:00:00Z",
    );
    assert.deepEqual(third, {
      conditions: [{ ...accepted, status: "False", observedGeneration: 3, lastTransitionTime: "2026-01-03T00:00:00Z" }],
    });
  });

  it("finds a listener's previous conditions by its name, not by its place", () => {
    const wanted = (names: string[]): StatusValue => ({
      listeners: names.map((name) => ({ name, conditions: [accepted] })),
    });
    const first = stampConditions(wanted(["a"]), undefined, 1, "2026-01-01T00:00:00Z");
    const second = stampConditions(wanted(["b", "a"]), first, 2, "2026-01-02T00:00:00Z");
    assert.match(JSON.stringify(second), /"b".*2026-01-02.*"a".*2026-01-01/);
  });
});

describe("Programmed", () => {
  const gateway = report({ conditions: [accepted], listeners: [{ name: "http", conditions: [accepted] }] });

  it("is true once a connected proxy that is ready has acknowledged, for the Gateway and its listeners", () => {
    const status = JSON.stringify(addProgrammed(gateway, { connected: 3, synced: 2, ready: 1 }));
    assert.equal(status.match(/"type":"Programmed","status":"True"/g)?.length, 2);
  });

  it("is false without proxies, without acknowledgement, while requests reach no proxy and under refusal, each with its reason", () => {
    const reason = (state: Parameters<typeof addProgrammed>[1]) =>
      /"type":"Programmed","status":"False","reason":"(\w+)"/.exec(JSON.stringify(addProgrammed(gateway, state)))?.[1];
    assert.equal(reason({ connected: 0, synced: 0, ready: 0 }), "NoResources");
    assert.equal(reason({ connected: 1, synced: 0, ready: 0 }), "Pending");
    assert.equal(reason({ connected: 1, synced: 1, ready: 0 }), "Pending");
    assert.equal(reason({ connected: 1, synced: 1, ready: 1, refusal: "bad route" }), "Invalid");
  });

  it("is true for the listener of which the dialect serves what it can, unresolved references or not", () => {
    const unresolved = { type: "ResolvedRefs", status: "False", reason: "InvalidCertificateRef", message: "" } as const;
    const open = { type: "Programmed", status: "Unknown", reason: "Pending", message: "" } as const;
    const listeners = [{ name: "https", conditions: [accepted, unresolved, open] }];
    const status = JSON.stringify(
      addProgrammed(report({ conditions: [accepted], listeners }), { connected: 1, synced: 1, ready: 1 }),
    );
    assert.equal(status.match(/"type":"Programmed","status":"True"/g)?.length, 2);
  });

  it("is false for the listener whose references do not resolve, and true for the one beside it", () => {
    const unresolved = {
      type: "ResolvedRefs",
      status: "False",
      reason: "InvalidCertificateRef",
      message: "no Secret",
    } as const;
    const mixed = report({
      conditions: [accepted],
      listeners: [
        { name: "http", conditions: [accepted] },
        { name: "https", conditions: [accepted, unresolved] },
      ],
    });
    const status = JSON.stringify(addProgrammed(mixed, { connected: 1, synced: 1, ready: 1 }));
    assert.match(
      status,
      /"name":"http","conditions":.*"Programmed","status":"True".*"name":"https".*"Programmed","status":"False"/,
    );
  });
});

describe("the writer", () => {
  function rig() {
    const written: string[] = [];
    let stored: Json | undefined;
    const timers: (() => void)[] = [];
    const writer = new StatusWriter({
      target: {
        update: (_object, next) => {
          const status = next(stored);
          if (status === undefined) return Promise.resolve(false);
          stored = status;
          written.push(JSON.stringify(status));
          return Promise.resolve(true);
        },
      },
      gatherMs: 100,
      longestGatherMs: 1000,
      clock: () => 0,
      writesAtOnce: 1,
      retryMs: undefined,
      now: () => new Date("2026-01-01T00:00:00Z"),
      setTimer: (run) => {
        timers.push(run);
        return {};
      },
      yieldToOthers: () => Promise.resolve(),
      onError: (_object, error) => {
        throw error;
      },
    });
    return { writer, written, timers };
  }

  it("gathers changes of one object into one write and writes nothing when nothing changed", async () => {
    const { writer, written, timers } = rig();
    for (const count of [1, 2, 3]) writer.want({ object, generation: 1, status: () => ({ attachedRoutes: count }) });
    assert.equal(timers.length, 1);
    await writer.flush();
    assert.deepEqual(written, ['{"attachedRoutes":3}']);
    writer.want({ object, generation: 1, status: () => ({ attachedRoutes: 3 }) });
    await writer.flush();
    assert.equal(writer.writes, 1);
  });

  it("has several writes under way but never two of one object, and the last wish wins", async () => {
    const finish = new Map<string, () => void>();
    const written: string[] = [];
    const { writer } = concurrentRig((name, status) => {
      written.push(`${name} ${JSON.stringify(status)}`);
      return new Promise((resolve) => finish.set(name, resolve));
    });
    const want = (name: string, value: number): void =>
      writer.want({ object: { ...object, name }, generation: 1, status: () => value });
    for (const name of ["a", "b", "c"]) want(name, 1);
    void writer.flush();
    assert.deepEqual(written, ["a 1", "b 1"]);
    want("a", 2);
    want("a", 3);
    const done = writer.flush();
    assert.equal(written.length, 2);
    for (const name of ["b", "c", "a"]) {
      await turn();
      finish.get(name)?.();
    }
    await turn();
    finish.get("a")?.();
    await done;
    assert.deepEqual(written, ["a 1", "b 1", "c 1", "a 3"]);
  });

  it("tries again what could not be written, until it can be or another status is wanted", async () => {
    let attempts = 0;
    const { writer, timers, errors } = concurrentRig(() => {
      attempts++;
      return attempts < 3 ? Promise.reject(new Error("away")) : Promise.resolve();
    });
    writer.want({ object, generation: 1, status: () => 1 });
    await writer.flush();
    for (const retry of timers.splice(1)) retry();
    await writer.flush();
    await writer.flush();
    assert.deepEqual([attempts, errors.length, writer.writes], [3, 2, 1]);
    await writer.flush();
    assert.equal(attempts, 3);
  });

  it("does not try again what failed while something newer is wanted", async () => {
    const attempts: Json[] = [];
    const { writer, timers } = concurrentRig(async (_name, status) => {
      attempts.push(status);
      if (status === 1) {
        writer.want({ object, generation: 2, status: () => 2 });
        throw new Error("away");
      }
    });
    writer.want({ object, generation: 1, status: () => 1 });
    await writer.flush();
    for (const timer of timers.splice(0)) timer();
    await writer.flush();
    assert.deepEqual(attempts, [1, 2]);
  });

  it("writes a status that goes on changing, before those of single objects, while these are still gathered", async () => {
    let now = 0;
    const written: string[] = [];
    const rig = concurrentRig(
      async (name) => {
        written.push(name);
      },
      () => now,
    );
    const tick = async (): Promise<void> => {
      for (const timer of rig.timers.splice(0)) timer();
      await turn();
    };
    for (; now <= 1000; now += 90) {
      rig.writer.want({ object: { ...object, name: "gateway" }, generation: 1, status: () => now, isSummary: true });
      if (now > 900) rig.writer.want({ object: { ...object, name: "route" }, generation: 1, status: () => now });
      await tick();
    }
    assert.deepEqual(written, []);
    now = 1000;
    await tick();
    assert.deepEqual(written, ["gateway"]);
    now = 1100;
    await tick();
    assert.deepEqual(written, ["gateway", "route"]);
  });

  it("writes summaries first", async () => {
    const written: string[] = [];
    const { writer } = concurrentRig(async (name) => {
      written.push(name);
    });
    const want = (name: string, isSummary: boolean): void =>
      writer.want({ object: { ...object, name }, generation: 1, status: () => name, isSummary });
    for (const name of ["a", "b", "c"]) want(name, false);
    want("gateway", true);
    await writer.flush();
    assert.equal(written[0], "gateway");
    assert.deepEqual(written.toSorted(), ["a", "b", "c", "gateway"]);
  });

  it("forgets what it was to write when told so", async () => {
    const { writer } = concurrentRig(() => Promise.reject(new Error("written all the same")));
    writer.want({ object, generation: 1, status: () => 1 });
    writer.clear();
    await writer.flush();
    assert.equal(writer.writes, 0);
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function concurrentRig(write: (name: string, status: Json) => Promise<void>, clock = () => 0) {
  const timers: (() => void)[] = [];
  const errors: unknown[] = [];
  const writer = new StatusWriter({
    target: {
      update: async ({ name }, next) => {
        const status = next(undefined);
        if (status === undefined) return false;
        await write(name, status);
        return true;
      },
    },
    gatherMs: 100,
    longestGatherMs: 1000,
    clock,
    writesAtOnce: 2,
    retryMs: 1_000,
    now: () => new Date("2026-01-01T00:00:00Z"),
    setTimer: (run) => {
      timers.push(run);
      return {};
    },
    yieldToOthers: () => Promise.resolve(),
    onError: (_object, error) => errors.push(error),
  });
  return { writer, timers, errors };
}

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

  it("is true once a connected proxy has acknowledged, for the Gateway and its listeners", () => {
    const status = JSON.stringify(addProgrammed(gateway, { connected: 2, synced: 1 }));
    assert.equal(status.match(/"type":"Programmed","status":"True"/g)?.length, 2);
  });

  it("is false without proxies, without acknowledgement and under refusal, each with its reason", () => {
    const reason = (state: Parameters<typeof addProgrammed>[1]) =>
      /"type":"Programmed","status":"False","reason":"(\w+)"/.exec(JSON.stringify(addProgrammed(gateway, state)))?.[1];
    assert.equal(reason({ connected: 0, synced: 0 }), "NoResources");
    assert.equal(reason({ connected: 1, synced: 0 }), "Pending");
    assert.equal(reason({ connected: 1, synced: 1, refusal: "bad route" }), "Invalid");
  });

  it("is true for the listener of which the dialect serves what it can, unresolved references or not", () => {
    const unresolved = { type: "ResolvedRefs", status: "False", reason: "InvalidCertificateRef", message: "" } as const;
    const open = { type: "Programmed", status: "Unknown", reason: "Pending", message: "" } as const;
    const listeners = [{ name: "https", conditions: [accepted, unresolved, open] }];
    const status = JSON.stringify(
      addProgrammed(report({ conditions: [accepted], listeners }), { connected: 1, synced: 1 }),
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
    const status = JSON.stringify(addProgrammed(mixed, { connected: 1, synced: 1 }));
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
});

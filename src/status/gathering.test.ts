import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Gathering } from "./gathering.ts";

function rig() {
  let now = 0;
  const gathering = new Gathering<number>({ quietMs: 100, longestMs: 1000, clock: () => now });
  return {
    gathering,
    at: (time: number): void => {
      now = time;
    },
  };
}

describe("gathering", () => {
  it("gives a value away when nothing took its place for a while", () => {
    const { gathering, at } = rig();
    gathering.put("a", 1);
    at(60);
    gathering.put("a", 2);
    assert.equal(gathering.msUntilDue, 100);
    at(159);
    assert.deepEqual(gathering.takeDue(), []);
    at(160);
    assert.deepEqual(gathering.takeDue(), [["a", 2]]);
    assert.equal(gathering.msUntilDue, undefined);
  });

  it("waits for no end of changes", () => {
    const { gathering, at } = rig();
    const taken: unknown[] = [];
    for (let time = 0; time <= 2100; time += 50) {
      at(time);
      taken.push(...gathering.takeDue().map(([, value]) => [time, value]));
      gathering.put("a", time);
    }
    assert.deepEqual(taken, [
      [1000, 950],
      [2000, 1950],
    ]);
  });

  it("lets a key that changes again and again hold nothing else back", () => {
    const { gathering, at } = rig();
    gathering.put("busy", 1);
    gathering.put("calm", 1);
    at(50);
    gathering.put("busy", 2);
    at(100);
    assert.deepEqual(gathering.takeDue(), [["calm", 1]]);
    assert.equal(gathering.msUntilDue, 50);
    assert.deepEqual(gathering.takeAll(), [["busy", 2]]);
  });
});

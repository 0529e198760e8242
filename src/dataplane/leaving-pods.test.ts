import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ProxyPod, podKey } from "../identity/proxy-pod.ts";
import { podOf } from "../identity/testing/proxy-pods.ts";
import { Graph } from "../incremental/graph.ts";
import { ManualClock } from "../serve/testing/manual-clock.ts";
import { followLeavingPods } from "./leaving-pods.ts";

const clock = () => new ManualClock();

function fixture(time: ManualClock, initially?: ProxyPod) {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const pods = graph.input<ProxyPod>("pods");
  const put = (pod: ProxyPod | undefined): void =>
    graph.transaction(() => {
      if (pod === undefined) pods.delete(podKey(podOf("edge")));
      else pods.set(podKey(pod), pod);
    });
  if (initially !== undefined) put(initially);
  const said: string[] = [];
  const stop = followLeavingPods({
    pods,
    serviceAccountOf: ({ name }) => `weir-${name}`,
    server: { drain: (nodeId) => said.push(`drain ${nodeId}`), forget: (nodeId) => said.push(`forget ${nodeId}`) },
    spreadSeconds: 5,
    clock: time,
  });
  return { put, said, stop };
}

/** The pod, deleted so many milliseconds ago. */
function leaving(time: ManualClock, agoMs = 0, more: Partial<ProxyPod> = {}): ProxyPod {
  return podOf("edge", { deletedAt: time.date().getTime() - agoMs, ...more });
}

describe("pods that leave", () => {
  test("are drained once the news of their deletion has spread, and forgotten when they are gone", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(podOf("edge"));
    time.advance(60_000);
    assert.deepEqual(said, []);
    const pod = leaving(time);
    put(pod);
    time.advance(3_000);
    // A leaving pod goes on to change, which starts nothing anew.
    put({ ...pod, phase: "Succeeded" });
    time.advance(1_999);
    assert.deepEqual(said, []);
    time.advance(1);
    assert.deepEqual(said, ["drain gateway/shop/edge/uid-edge"]);
    put(undefined);
    assert.deepEqual(said.slice(1), ["forget gateway/shop/edge/uid-edge"]);
  });

  test("that were deleted before Weir started are drained for the rest of the time", () => {
    const time = clock();
    const { said } = fixture(time, leaving(time, 4_000));
    time.advance(999);
    assert.deepEqual(said, []);
    time.advance(1);
    assert.deepEqual(said, ["drain gateway/shop/edge/uid-edge"]);
  });

  test("wait no longer than the spread, however far the API server's clock is ahead", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(leaving(time, -3_600_000));
    time.advance(5_000);
    assert.deepEqual(said, ["drain gateway/shop/edge/uid-edge"]);
  });

  test("that are gone early are not drained any more, and a successor of the same name is another node", () => {
    const time = clock();
    const { put, said } = fixture(time, podOf("edge"));
    put(leaving(time));
    put(podOf("edge", { uid: "uid-of-its-successor" }));
    time.advance(60_000);
    assert.deepEqual(said, ["forget gateway/shop/edge/uid-edge"]);
  });

  test("that are no proxies are not looked at", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(leaving(time, 0, { serviceAccountName: "default" }));
    time.advance(60_000);
    put(undefined);
    assert.deepEqual(said, []);
  });

  test("are left alone after the end", () => {
    const time = clock();
    const { put, said, stop } = fixture(time, leaving(time));
    stop();
    put(undefined);
    time.advance(60_000);
    assert.deepEqual(said, []);
  });
});

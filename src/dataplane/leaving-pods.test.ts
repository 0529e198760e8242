import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { podKey } from "../identity/proxy-pod.ts";
import { Graph } from "../incremental/graph.ts";
import type { SourceObject } from "../model/source-object.ts";
import { ManualClock } from "../serve/testing/manual-clock.ts";
import { followLeavingPods } from "./leaving-pods.ts";

const clock = () => new ManualClock();

interface PodState {
  readonly uid?: string;
  readonly serviceAccountName?: string;
  /** When its grace period of 30 s ends. */
  readonly deletionTimestamp?: string;
}

function podObject({ uid = "u1", serviceAccountName = "weir-edge", deletionTimestamp }: PodState): SourceObject {
  const deletion = deletionTimestamp === undefined ? {} : { deletionTimestamp, deletionGracePeriodSeconds: 30 };
  return {
    apiVersion: "v1",
    kind: "Pod",
    namespace: "shop",
    name: "edge-1",
    scope: "",
    uid,
    generation: 1,
    creationTimestamp: "",
    labels: { "gateway.networking.k8s.io/gateway-name": "edge" },
    annotations: {},
    body: { apiVersion: "v1", kind: "Pod", metadata: deletion, spec: { serviceAccountName } },
    source: "kubernetes",
  };
}

function fixture(time: ManualClock, initially?: SourceObject) {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const pods = graph.input<SourceObject>("pods");
  const key = podKey("shop", "edge-1");
  const put = (object: SourceObject | undefined): void =>
    graph.transaction(() => {
      if (object === undefined) pods.delete(key);
      else pods.set(key, object);
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

const in30s = (time: ManualClock, ms = 0): string => new Date(time.date().getTime() + 30_000 + ms).toISOString();

describe("pods that leave", () => {
  test("are drained once the news of their deletion has spread, and forgotten when they are gone", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(podObject({}));
    time.advance(60_000);
    assert.deepEqual(said, []);
    const leaving = podObject({ deletionTimestamp: in30s(time) });
    put(leaving);
    time.advance(3_000);
    // The status of a leaving pod goes on to change, which starts nothing anew.
    put({ ...leaving, generation: 2 });
    time.advance(1_999);
    assert.deepEqual(said, []);
    time.advance(1);
    assert.deepEqual(said, ["drain gateway/shop/edge/u1"]);
    put(undefined);
    assert.deepEqual(said.slice(1), ["forget gateway/shop/edge/u1"]);
  });

  test("that were deleted before Weir started are drained for the rest of the time", () => {
    const time = clock();
    const { said } = fixture(time, podObject({ deletionTimestamp: in30s(time, -4_000) }));
    time.advance(999);
    assert.deepEqual(said, []);
    time.advance(1);
    assert.deepEqual(said, ["drain gateway/shop/edge/u1"]);
  });

  test("wait no longer than the spread, however far the API server's clock is ahead", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(podObject({ deletionTimestamp: in30s(time, 3_600_000) }));
    time.advance(5_000);
    assert.deepEqual(said, ["drain gateway/shop/edge/u1"]);
  });

  test("that are gone early are not drained any more, and a successor of the same name is another node", () => {
    const time = clock();
    const { put, said } = fixture(time, podObject({}));
    put(podObject({ deletionTimestamp: in30s(time) }));
    put(podObject({ uid: "u2" }));
    time.advance(60_000);
    assert.deepEqual(said, ["forget gateway/shop/edge/u1"]);
  });

  test("that are no proxies are not looked at", () => {
    const time = clock();
    const { put, said } = fixture(time);
    put(podObject({ serviceAccountName: "default", deletionTimestamp: in30s(time) }));
    time.advance(60_000);
    put(undefined);
    assert.deepEqual(said, []);
  });

  test("are left alone after the end", () => {
    const time = clock();
    const { put, said, stop } = fixture(time, podObject({ deletionTimestamp: in30s(time) }));
    stop();
    put(undefined);
    time.advance(60_000);
    assert.deepEqual(said, []);
  });
});

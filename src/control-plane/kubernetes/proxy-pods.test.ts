import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { podOf } from "../../identity/testing/proxy-pods.ts";
import { ApiUnderTest, status } from "../../kubernetes/testing/api-under-test.ts";
import { TestClock } from "../../kubernetes/testing/test-clock.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { ProxyPods } from "./proxy-pods.ts";

const path = "/api/v1/pods";

function pod(gateway: string, more: JsonObject = {}): JsonObject {
  const { namespace, name, uid, labels, serviceAccountName, phase } = podOf(gateway);
  const status = { phase, conditions: [{ type: "Ready", status: "True" }] };
  return { metadata: { namespace, name, uid, labels, ...more }, spec: { serviceAccountName }, status };
}

async function rig(context: TestContext) {
  const api = await ApiUnderTest.listen();
  api.serve(path, "Pod");
  const troubles: (string | undefined)[] = [];
  const pods = new ProxyPods({
    client: api.client,
    clock: new TestClock(),
    onTrouble: (problem) => {
      troubles.push(problem);
      api.check();
    },
  });
  const changes: string[] = [];
  pods.all.subscribe((batch) => {
    for (const [key, { before, after }] of batch) changes.push(`${key}: ${before?.uid} → ${after?.uid}`);
    api.check();
  });
  context.after(async () => {
    await pods.close();
    await api.close();
  });
  return { api, pods, troubles, changes };
}

describe("the pods of proxies", () => {
  test("are known when the start is over, those of others are not asked for", async (context) => {
    const { api, pods } = await rig(context);
    api.put(path, pod("edge"));
    api.put(path, pod("other", { labels: { app: "other" } }));
    await pods.start();
    assert.deepEqual([...pods.all.entries()], [["shop/edge-1", podOf("edge")]]);
  });

  test("are followed, each change once", async (context) => {
    const { api, pods, changes } = await rig(context);
    await pods.start();
    api.put(path, pod("edge"));
    await api.until(() => pods.all.size === 1);
    // Nothing of this counts.
    api.put(path, { ...pod("edge"), spec: { serviceAccountName: "weir-edge", nodeName: "a" } });
    api.put(path, pod("edge", { deletionTimestamp: "2030-01-01T00:00:33Z", deletionGracePeriodSeconds: 33 }));
    await api.until(() => pods.all.get("shop/edge-1")?.deletedAt === Date.UTC(2030, 0, 1));
    api.remove(path, "shop", "edge-1");
    await api.until(() => pods.all.size === 0);
    assert.deepEqual(changes, [
      "shop/edge-1: undefined → uid-edge",
      "shop/edge-1: uid-edge → uid-edge",
      "shop/edge-1: uid-edge → undefined",
    ]);
  });

  test("are in service while they are ready and nobody asked them to leave", async (context) => {
    const { api, pods } = await rig(context);
    const node = "gateway/shop/edge/uid-edge";
    const told: string[] = [];
    pods.onReadiness(({ name }) => {
      told.push(`${name} ${pods.isReady(node)}`);
      api.check();
    });
    await pods.start();
    const unready: JsonObject = { phase: "Running", conditions: [{ type: "Ready", status: "False" }] };
    api.put(path, { ...pod("edge"), status: unready });
    await api.until(() => pods.all.size === 1);
    assert.equal(pods.isReady(node), false);
    api.put(path, pod("edge"));
    await api.until(() => told.length === 1);
    api.put(path, pod("edge", { deletionTimestamp: "2030-01-01T00:00:33Z", deletionGracePeriodSeconds: 33 }));
    await api.until(() => told.length === 2);
    assert.deepEqual(told, ["edge-1 true", "edge-1 false"]);
    assert.equal(pods.isReady("gateway/shop/other/uid-other"), false);
  });

  test("that went or were replaced while nobody told of it are noticed by the next list", async (context) => {
    const { api, pods, changes } = await rig(context);
    for (const gateway of ["edge", "gone", "kept"]) api.put(path, pod(gateway));
    await pods.start();
    await api.until(() => api.openWatches(path).length === 1);
    changes.length = 0;
    api.unserve(path);
    api.serve(path, "Pod");
    for (const each of [pod("edge", { uid: "uid-of-its-successor" }), pod("kept")]) api.put(path, each);
    api.compact();
    await api.until(() => changes.length === 2);
    assert.deepEqual(changes.toSorted(), [
      "shop/edge-1: uid-edge → uid-of-its-successor",
      "shop/gone-1: uid-gone → undefined",
    ]);
  });

  test("stay known while they cannot be read, which is told once", async (context) => {
    const { api, pods, troubles } = await rig(context);
    api.put(path, pod("edge"));
    await pods.start();
    await api.until(() => api.openWatches(path).length === 1);
    for (let round = 0; round < 2; round++) api.failNext(() => true, status(403, "pods is forbidden"));
    api.breakWatches(path, "reset");
    await api.until(() => troubles.at(-1) === undefined && troubles.length > 1);
    assert.deepEqual([...pods.all.entries()], [["shop/edge-1", podOf("edge")]]);
    assert.equal(troubles.filter((problem) => problem?.includes("forbidden")).length, 1);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gatewayOf, readProxyPod } from "./proxy-pod.ts";
import { podOf } from "./testing/proxy-pods.ts";

const object = {
  metadata: {
    namespace: "shop",
    name: "edge-1",
    uid: "uid-edge",
    labels: { "gateway.networking.k8s.io/gateway-name": "edge" },
    resourceVersion: "7",
  },
  spec: { serviceAccountName: "weir-edge", nodeName: "a" },
  status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }] },
};

describe("a proxy's pod", () => {
  test("is read from what the API server gives", () => {
    assert.deepEqual(readProxyPod(object), podOf("edge"));
  });

  test("was deleted a grace period before the time that stands in it", () => {
    const deletion = { deletionTimestamp: "2030-01-01T00:00:33Z", deletionGracePeriodSeconds: 33 };
    const leaving = { ...object, metadata: { ...object.metadata, ...deletion } };
    assert.equal(readProxyPod(leaving).deletedAt, Date.UTC(2030, 0, 1));
  });

  test("counts as deleted long ago where the time cannot be read", () => {
    const leaving = { ...object, metadata: { ...object.metadata, deletionTimestamp: "soon" } };
    assert.equal(readProxyPod(leaving).deletedAt, 0);
  });

  test("works for the Gateway that its label names, if it runs under that Gateway's account", () => {
    const serviceAccountOf = ({ name }: { readonly name: string }) => `weir-${name}`;
    assert.deepEqual(gatewayOf(podOf("edge"), serviceAccountOf), { namespace: "shop", name: "edge" });
    assert.equal(gatewayOf(podOf("edge", { serviceAccountName: "weir-other" }), serviceAccountOf), undefined);
    assert.equal(gatewayOf(podOf("edge", { labels: {} }), serviceAccountOf), undefined);
  });
});

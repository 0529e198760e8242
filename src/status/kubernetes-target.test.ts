import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ObjectApi } from "../kubernetes/testing/object-api.ts";
import { textAt, valueAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";
import { type KnownState, KubernetesStatusTarget } from "./kubernetes-target.ts";

const object = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop", name: "web", scope: "" };
const path = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web";
const own = { parentRef: { name: "web" }, controllerName: "weir.dev/gateway", conditions: [] };
const foreign = {
  parentRef: { name: "other" },
  controllerName: "example.com/other",
  conditions: [{ type: "Accepted" }],
};

function rig(status: Json | undefined) {
  const api = new ObjectApi();
  const put = (value: Json | undefined): void =>
    api.put(path, {
      metadata: { name: "web", labels: { team: "a" } },
      ...(value === undefined ? {} : { status: value }),
    });
  put(status);
  const known = (): KnownState => ({
    resourceVersion: textAt(api.objects.get(path), "metadata", "resourceVersion") ?? "",
    status: valueAt(api.objects.get(path), "status"),
  });
  let seen: KnownState | undefined = known();
  const leader = new AbortController();
  let leads = true;
  const client = api.client();
  const target = new KubernetesStatusTarget({
    client,
    term: () => (leads ? leader.signal : undefined),
    pathOf: () => path,
    known: () => seen,
    controllers: ["weir.dev/gateway", "weir.dev/ingress"],
  });
  return {
    api,
    target,
    put,
    status: () => valueAt(api.objects.get(path), "status"),
    client,
    watch: () => {
      seen = known();
    },
    forget: () => {
      seen = undefined;
    },
    resign: () => {
      leads = false;
    },
  };
}

describe("statuses in a cluster", () => {
  it("are written with one request where a watch told what is there", async () => {
    const { api, target, status } = rig(undefined);
    assert.equal(await target.update(object, () => ({ parents: [own] })), true);
    assert.deepEqual(status(), { parents: [own] });
    assert.deepEqual(api.requests, [`PATCH ${path}/status`]);
    assert.equal(valueAt(api.objects.get(path), "metadata", "labels", "team"), "a");
  });

  it("keep what other controllers say, which is not shown to whoever compares", async () => {
    const { target, status } = rig({ parents: [own, foreign] });
    const shown: (Json | undefined)[] = [];
    const changed = { ...own, conditions: [{ type: "Accepted", status: "True" }] };
    await target.update(object, (previous) => {
      shown.push(previous);
      return { parents: [changed] };
    });
    assert.deepEqual(shown, [{ parents: [own] }]);
    assert.deepEqual(status(), { parents: [foreign, changed] });
  });

  it("take back what was said, and say nothing on objects of others", async () => {
    const left = rig({ parents: [foreign, own] });
    assert.equal(await left.target.update(object, () => ({ parents: [] })), true);
    assert.deepEqual(left.status(), { parents: [foreign] });
    for (const status of [undefined, { parents: [foreign] }]) {
      const others = rig(status);
      assert.equal(await others.target.update(object, () => ({ parents: [] })), false);
      assert.deepEqual(others.api.requests, []);
    }
  });

  it("take fields away that are no longer said", async () => {
    const { target, status } = rig({ addresses: [{ value: "10.0.0.1" }], conditions: [] });
    await target.update(object, () => ({ conditions: [] }));
    assert.deepEqual(status(), { conditions: [] });
  });

  it("are computed anew from what somebody else wrote in between", async () => {
    const { api, target, put, status } = rig({ parents: [] });
    put({ parents: [foreign] });
    await target.update(object, () => ({ parents: [own] }));
    assert.deepEqual(status(), { parents: [foreign, own] });
    assert.deepEqual(api.requests, [`PATCH ${path}/status`, `GET ${path}`, `PATCH ${path}/status`]);
  });

  it("are given up after several attempts on an object that changes all the time", async () => {
    const { target, put, client } = rig({ parents: [] });
    client.before = ({ method }) => {
      if (method === "PATCH") put({ parents: [foreign] });
    };
    await assert.rejects(
      target.update(object, () => ({ parents: [own] })),
      /changed too often/,
    );
  });

  it("are not written on objects that are gone, known to a watch or not", async () => {
    const { api, target, forget } = rig({ parents: [] });
    api.objects.clear();
    assert.equal(await target.update(object, () => ({ parents: [own] })), false);
    forget();
    assert.equal(await target.update(object, () => ({ parents: [own] })), false);
    assert.deepEqual(api.requests, [`PATCH ${path}/status`, `GET ${path}`]);
  });

  it("are written by the leader alone, also when it loses its office in the middle", async () => {
    const { api, target, put, client, resign } = rig({ parents: [] });
    put({ parents: [foreign] });
    client.before = ({ method }) => {
      if (method === "PATCH") resign();
    };
    assert.equal(await target.update(object, () => ({ parents: [own] })), false);
    assert.deepEqual(api.requests, [`PATCH ${path}/status`]);
    assert.equal(await target.update(object, () => ({ parents: [own] })), false);
    assert.equal(api.requests.length, 1);
  });

  it("that the server refuses are told with its words", async () => {
    const { target, client } = rig({ parents: [] });
    client.refusal = { status: 422, body: { message: "parents: too many" } };
    await assert.rejects(
      target.update(object, () => ({ parents: [own] })),
      /HTTPRoute shop\/web was answered 422: parents: too many/,
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProxyRefusal } from "../../src/serve/registry.ts";
import { TestPlans } from "../../src/serve/testing/test-plans.ts";
import type { ResourceType } from "../../src/xds/resource.ts";
import { ask, backend, type EnvoyPeer, envoyPeer, eventually, freePort, proxyClass } from "./envoy-peer.ts";
import { badCluster, cluster, endpoints, listener, routeTable, virtualHost } from "./envoy-resources.ts";

const types: readonly ResourceType[] = ["cluster", "endpoint", "listener", "route"];

function responses(peer: EnvoyPeer): number[] {
  return types.map((type) => peer.server.proxies.counters(type).responses);
}

async function rejected(peer: EnvoyPeer): Promise<number> {
  let sum = 0;
  for (const [name, value] of await peer.admin.stats(/update_rejected/))
    if (name.endsWith("update_rejected")) sum += value;
  return sum;
}

for (const variant of ["DELTA_GRPC", "GRPC"] as const) {
  describe(`Envoy over ${variant}`, () => {
    it("loads everything, follows every kind of change, and loses nothing on the way", async (t) => {
      const plans = new TestPlans();
      const [one, two, port] = [await backend(t, "one"), await backend(t, "two"), await freePort()];
      plans.replace(proxyClass, [
        cluster("a"),
        endpoints("a", one),
        routeTable("t", [virtualHost("x.test", "a", "1")]),
        listener("l", port, "t"),
      ]);
      const peer = await envoyPeer(t, plans, variant);
      if (peer === undefined) return;
      await peer.synced();
      assert.equal(await ask(port, "x.test"), "200 1 one");
      const [proxy] = peer.server.proxies.list();
      assert.match(proxy?.agent ?? "", /^envoy 1\.\d+\.\d+$/);
      assert.equal(proxy?.variant, variant === "GRPC" ? "state-of-the-world" : "delta");
      assert.equal(await peer.stat("control_plane.connected_state"), 1);

      plans.edit(proxyClass, [endpoints("a", two)]);
      await peer.synced();
      assert.equal(await ask(port, "x.test"), "200 1 two");

      plans.edit(proxyClass, [
        cluster("b"),
        endpoints("b", one),
        routeTable("t", [virtualHost("x.test", "b", "2"), virtualHost("y.test", "a", "3")]),
      ]);
      await peer.synced();
      assert.equal(await ask(port, "x.test"), "200 2 one");
      assert.equal(await ask(port, "y.test"), "200 3 two");

      plans.edit(proxyClass, [cluster("b", 4)]);
      await peer.synced();
      await eventually(
        async () => (await peer.stat("cluster_manager.warming_clusters")) === 0,
        () => "the changed cluster did not warm",
      );
      assert.equal(await ask(port, "x.test"), "200 2 one");

      plans.edit(
        proxyClass,
        [routeTable("t", [virtualHost("x.test", "b", "2")])],
        [
          { type: "cluster", name: "a" },
          { type: "endpoint", name: "a" },
        ],
      );
      await eventually(
        async () => !(await peer.admin.call("GET", "/clusters")).includes("a::"),
        () => "the unused cluster is still there",
      );
      assert.match(await ask(port, "y.test"), /^404/);
      assert.equal(await rejected(peer), 0);
      assert.equal(await peer.stat("cluster_manager.cds.update_rejected"), 0);
      assert.ok((await peer.stat("cluster_manager.cds.update_success")) >= 4);
      assert.match(
        await peer.admin.call("GET", "/stats?filter=control_plane"),
        /control_plane.identifier: "weir\/interop"/,
      );
    });

    it("keeps what it took of a resource that it refuses, and takes the others", async (t) => {
      const plans = new TestPlans();
      const [one, port] = [await backend(t, "one"), await freePort()];
      const hosts = [virtualHost("x.test", "a", "1"), virtualHost("y.test", "a", "1"), virtualHost("z.test", "a", "1")];
      plans.replace(proxyClass, [cluster("a"), endpoints("a", one), routeTable("t", hosts), listener("l", port, "t")]);
      const peer = await envoyPeer(t, plans, variant);
      if (peer === undefined) return;
      await peer.synced();
      const refusals: ProxyRefusal[] = [];
      peer.server.proxies.subscribe({ refused: (_proxy, refusal) => refusals.push(refusal) });

      plans.edit(proxyClass, [badCluster("a", "not applicable"), cluster("b"), endpoints("b", one)]);
      await eventually(
        async () => (await peer.stat("cluster.b.membership_healthy")) === 1,
        () => "the good cluster did not arrive",
      );
      assert.deepEqual(
        refusals.map(({ culprits }) => culprits.map(({ resource }) => resource)),
        [["a"]],
        "Envoy names it",
      );
      assert.match(refusals[0]?.message ?? "", /Error adding\/updating cluster\(s\) a: /);
      assert.equal(await ask(port, "x.test"), "200 1 one");

      plans.edit(proxyClass, [badCluster("a", "field rule"), cluster("b", 4)]);
      await eventually(
        () => refusals.length > 1 && !isSearching(peer),
        () => "the search did not end",
      );
      assert.deepEqual(
        refusals.slice(1).map(({ culprits }) => culprits.map(({ resource }) => resource)),
        [[], ["a"]],
        "Envoy does not name it",
      );
      assert.equal(await ask(port, "x.test"), "200 1 one");
      plans.edit(proxyClass, [cluster("a")]);
      await peer.synced();

      refusals.length = 0;
      const bad = virtualHost("y.test", "a", "2", "(");
      plans.edit(proxyClass, [
        routeTable("t", [
          virtualHost("w.test", "b", "2"),
          virtualHost("x.test", "b", "2"),
          bad,
          virtualHost("z.test", "b", "2"),
        ]),
      ]);
      await eventually(
        () => refusals.some(({ culprits }) => culprits.length > 0) && !isSearching(peer),
        () => "the search did not end",
      );
      assert.deepEqual(
        refusals.flatMap(({ culprits }) => culprits),
        [{ resource: "t", host: "y.test", version: bad.version }],
      );
      assert.deepEqual(await Promise.all(["w", "x", "y", "z"].map((name) => ask(port, `${name}.test`))), [
        "200 2 one",
        "200 2 one",
        "200 1 one",
        "200 2 one",
      ]);
      const count = await rejected(peer);
      plans.edit(proxyClass, [endpoints("b", one)]);
      plans.edit(proxyClass, [cluster("c"), endpoints("c", one)]);
      await eventually(
        async () => (await peer.stat("cluster.c.membership_healthy")) === 1,
        () => "a later cluster did not arrive",
      );
      assert.equal(await rejected(peer), count, "nothing refused was sent again");
      plans.edit(proxyClass, [routeTable("t", [virtualHost("y.test", "b", "3")])]);
      await peer.synced();
      assert.equal(await ask(port, "y.test"), "200 3 one");
    });
  });
}

/** Whether anything but what is parked waits to be sent or acknowledged. */
function isSearching(peer: EnvoyPeer): boolean {
  return [...(peer.server.proxies.list()[0]?.types().values() ?? [])].some(({ pending }) => pending > 0);
}

describe("an Envoy whose control plane restarts", () => {
  it("is sent nothing again where nothing changed, goes on serving meanwhile, and follows later changes", async (t) => {
    const plans = new TestPlans();
    const [one, two, port] = [await backend(t, "one"), await backend(t, "two"), await freePort()];
    plans.replace(proxyClass, [
      cluster("a"),
      endpoints("a", one),
      cluster("b"),
      endpoints("b", two),
      routeTable("t", [virtualHost("x.test", "a", "1")]),
      listener("l", port, "t"),
    ]);
    const peer = await envoyPeer(t, plans);
    if (peer === undefined) return;
    await peer.synced();
    const before = await Promise.all(
      ["cluster_manager.cds", "listener_manager.lds"].map((name) => peer.stat(`${name}.update_success`)),
    );
    await peer.stopServer();
    assert.equal(await ask(port, "x.test"), "200 1 one");
    await peer.startServer();
    await eventually(
      () => peer.server.proxies.list()[0]?.types().size === 4,
      () => "Envoy did not ask for everything again",
    );
    await peer.synced();
    assert.deepEqual(responses(peer), [0, 0, 0, 0]);
    assert.equal(peer.server.proxies.list()[0]?.acknowledgedRevision(), plans.revision());
    const after = await Promise.all(
      ["cluster_manager.cds", "listener_manager.lds"].map((name) => peer.stat(`${name}.update_success`)),
    );
    assert.deepEqual(after, before);

    plans.edit(proxyClass, [routeTable("t", [virtualHost("x.test", "b", "2")])]);
    await peer.synced();
    assert.equal(await ask(port, "x.test"), "200 2 two");
    assert.deepEqual(responses(peer), [0, 0, 0, 1]);
  });

  it("is brought up to date with what changed while it was alone", async (t) => {
    const plans = new TestPlans();
    const [one, two, port] = [await backend(t, "one"), await backend(t, "two"), await freePort()];
    plans.replace(proxyClass, [
      cluster("a"),
      endpoints("a", one),
      routeTable("t", [virtualHost("x.test", "a", "1")]),
      listener("l", port, "t"),
    ]);
    const peer = await envoyPeer(t, plans);
    if (peer === undefined) return;
    await peer.synced();
    await peer.stopServer();
    plans.replace(proxyClass, [
      cluster("b"),
      endpoints("b", two),
      routeTable("t", [virtualHost("x.test", "b", "2")]),
      listener("l", port, "t"),
    ]);
    await peer.startServer();
    await eventually(
      async () => (await ask(port, "x.test")) === "200 2 two",
      () => "the change did not arrive",
    );
    await eventually(
      async () => !(await peer.admin.call("GET", "/clusters")).includes("a::"),
      () => "the old cluster is still there",
    );
    assert.equal(await rejected(peer), 0);
  });

  it("warms a cluster that changed while it was alone, with endpoints that did not", async (t) => {
    const plans = new TestPlans();
    const [one, port] = [await backend(t, "one"), await freePort()];
    plans.replace(proxyClass, [
      cluster("a"),
      endpoints("a", one),
      routeTable("t", [virtualHost("x.test", "a", "1")]),
      listener("l", port, "t"),
    ]);
    const peer = await envoyPeer(t, plans);
    if (peer === undefined) return;
    await peer.synced();
    await peer.stopServer();
    plans.edit(proxyClass, [cluster("a", 4)]);
    await peer.startServer();
    await eventually(
      async () => (await activeTimeout(peer)) === "4s",
      () => "the changed cluster is not active",
    );
    assert.equal(await ask(port, "x.test"), "200 1 one");
  });
});

async function activeTimeout(peer: EnvoyPeer): Promise<string | undefined> {
  const dump = await peer.admin.call("GET", "/config_dump?resource=dynamic_active_clusters");
  return /"connect_timeout": "([^"]*)"/.exec(dump)?.[1];
}

import assert from "node:assert/strict";
import { it } from "node:test";
import { connectedTo, cutNetwork, type Pod, podsOf, processesOf } from "../support/cluster/pods.ts";
import { answered } from "./awaited.ts";
import { assertUnharmed } from "./load.ts";
import { handMadeEndpoints, handMadeService, namespace, proxyClass, route } from "./shop.ts";
import { backends, proxies, type World, weir, xdsPort } from "./world.ts";

/** A change is with a connected proxy at once: far sooner than a proxy that was cut off could notice that it is. */
const atOnceMs = 2_000;
const everywhereMs = 10_000;

/** Most replicas of Weir are lost, and nobody has told the cluster: what is written for them still stands in its Services. */
export function partitionFault(world: World): void {
  const { cluster } = world;

  it("while one of three replicas is killed and another is cut off, and changes arrive all the same", async (t) => {
    const scale = (replicas: number): Promise<string> =>
      cluster.kubectl(
        "scale",
        `deployment/${weir.deployment}`,
        `--replicas=${replicas}`,
        `--namespace=${weir.namespace}`,
      );
    await scale(3);
    await cluster.kubectl("rollout", "status", `deployment/${weir.deployment}`, `--namespace=${weir.namespace}`);
    await haveProxies(4);
    const [keptBackend, removedBackend] = await staying(backends);
    assert.ok(keptBackend !== undefined && removedBackend !== undefined);
    await cluster.apply([
      handMadeService("pair"),
      handMadeEndpoints("pair", [keptBackend.address, removedBackend.address]),
      route({ name: "pair", hostname: "pair.example", backend: "pair" }),
    ]);
    const pair = await world.atEachProxy("pair.example");
    await answered(cluster, pair, { status: 200, pods: [removedBackend.name] });
    const load = await world.startLoad(t);

    const hostname = `partition-${Date.now()}.example`;
    // Begun long before there is anything to see, so that nothing is seen late.
    const arrivals = Promise.all([
      answered(cluster, await world.atEachProxy(hostname), { status: 200 }, 120_000),
      answered(cluster, pair, { status: 200, pods: [keptBackend.name], inARow: 10 }, 120_000),
    ]);

    const { remaining, killed, cut, connected } = await roles();
    const { applied, routeAt, removedAt, report } = await without(killed, cut, async () => {
      await cluster.apply([route({ name: "partition", hostname }), handMadeEndpoints("pair", [keptBackend.address])]);
      const done = Date.now();
      const [served, removed] = await arrivals;
      // A kubelet that comes back takes every pod for not ready until it has asked it: what befalls requests then is its doing.
      return { applied: done, routeAt: served, removedAt: removed, report: await load.stop() };
    });
    const now = await connectedTo(remaining, xdsPort);
    await scale(2);
    await haveProxies(2);

    for (const [index, { address }] of pair.entries()) {
      assert.ok(now.has(address), `${address} is connected to the replica that remained`);
      const isConnected = connected.has(address);
      const times = { route: (routeAt[index] ?? 0) - applied, endpoint: (removedAt[index] ?? 0) - applied };
      for (const [what, afterMs] of Object.entries(times)) {
        t.diagnostic(`${isConnected ? "connected" : "cut off"} proxy ${address}: ${what} after ${afterMs} ms`);
        const allowedMs = isConnected ? atOnceMs : everywhereMs;
        assert.ok(afterMs <= allowedMs, `${what} reached ${address} after ${afterMs} ms`);
      }
    }
    assertUnharmed(t, report);
  });

  /** The kubelet is away, too: it would tell that they are gone, as it would not if its node were. */
  async function without<T>(killed: Pod, cut: Pod, work: () => Promise<T>): Promise<T> {
    await cluster.run("stop", "kubelet");
    const restore = await cutNetwork(cut);
    try {
      const { containers } = await processesOf(killed);
      for (const pid of containers) process.kill(pid, "SIGKILL");
      return await work();
    } finally {
      await cluster.run("start", "kubelet");
      await restore();
    }
  }

  async function haveProxies(replicas: number): Promise<void> {
    const deployment = [`deployment/${proxies.deployment}`, `--namespace=${namespace}`, "--timeout=120s"];
    await cluster.apply([proxyClass({ replicas })]);
    await cluster.kubectl("wait", `--for=jsonpath={.spec.replicas}=${replicas}`, ...deployment);
    await cluster.kubectl("rollout", "status", ...deployment);
  }

  async function staying(workload: typeof weir): Promise<readonly Pod[]> {
    return (await podsOf(cluster, workload)).filter(({ leaves }) => !leaves);
  }

  /** Chosen so that proxies are connected to the replica that remains, and others to those that are lost. */
  async function roles() {
    const addresses = (await staying(proxies)).map(({ address }) => address);
    const replicas = await Promise.all(
      (await staying(weir)).map(async (pod) => {
        const peers = await connectedTo(pod, xdsPort);
        return { pod, connected: new Set(addresses.filter((address) => peers.has(address))) };
      }),
    );
    const [first, second, third, ...others] = replicas.toSorted((a, b) => b.connected.size - a.connected.size);
    assert.ok(first !== undefined && second !== undefined && third !== undefined && others.length === 0);
    assert.ok(second.connected.size > 0, "proxies are connected to more than one replica");
    return { cut: first.pod, remaining: second.pod, connected: second.connected, killed: third.pod };
  }
}

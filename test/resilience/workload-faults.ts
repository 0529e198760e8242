import assert from "node:assert/strict";
import { it } from "node:test";
import { podsOf, replaced } from "../support/cluster/pods.ts";
import { assertUnharmed } from "./load.ts";
import { proxyClass } from "./shop.ts";
import { backends, proxies, type World } from "./world.ts";

/** What their owners do with backends and proxies. */
export function workloadFaults(world: World): void {
  const { cluster } = world;

  it("while the backend's Deployment is restarted", async (t) => {
    const before = await podsOf(cluster, backends);
    const load = await world.startLoad(t);
    await cluster.kubectl(
      "rollout",
      "restart",
      `deployment/${backends.deployment}`,
      `--namespace=${backends.namespace}`,
    );
    await replaced(cluster, backends, before);
    assertUnharmed(t, await load.stop());
  });

  it("while the proxies are replaced, since their ProxyClass asks for other pods", async (t) => {
    const before = await podsOf(cluster, proxies);
    const load = await world.startLoad(t);
    const first = await load.more();
    await cluster.apply([proxyClass({ annotations: { "shop.example/change": String(Date.now()) } })]);
    const [one] = before;
    assert.ok(one !== undefined);
    const wait = [`--namespace=${proxies.namespace}`, "--timeout=120s"];
    await cluster.kubectl("wait", "--for=jsonpath={.metadata.deletionTimestamp}", `pod/${one.name}`, ...wait);
    await replaced(cluster, proxies, before);
    const report = await load.stop();
    assertUnharmed(t, report);
    for (const [index, { name, connections }] of report.kinds.entries()) {
      assert.ok(connections > (first.kinds[index]?.connections ?? 0), `clients of ${name} were handed over`);
    }
  });
}

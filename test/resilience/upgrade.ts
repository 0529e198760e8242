import assert from "node:assert/strict";
import { it } from "node:test";
import { leaderThat } from "../support/cluster/leader.ts";
import { podsOf, replaced } from "../support/cluster/pods.ts";
import { assertUnharmed } from "./load.ts";
import { proxyClass } from "./shop.ts";
import { proxies, type World, weir } from "./world.ts";

/** From the release that the world was made with to this one. */
export function upgrade(world: World): void {
  const { cluster } = world;

  it("while Weir is upgraded from the previous release, and makes new proxies", async (t) => {
    const [before, old] = [await podsOf(cluster, weir), await podsOf(cluster, proxies)];
    const load = await world.startLoad(t);
    await cluster.installWeir();
    await replaced(cluster, weir, before);
    const images = new Set((await podsOf(cluster, weir)).map(({ image }) => image));
    assert.ok(
      before.every(({ image }) => !images.has(image)),
      "every replica is of another release",
    );
    await leaderThat(cluster, ({ pod }) => before.every(({ name }) => name !== pod));
    await world.takesChanges("after-upgrade");
    // Whether or not the new release wants other proxies than the old one.
    await cluster.apply([proxyClass({ annotations: { "shop.example/upgraded": "yes" } })]);
    const wait = [`--namespace=${proxies.namespace}`, "--timeout=120s"];
    const gone = old.map(({ name }) => `pod/${name}`);
    await cluster.kubectl("wait", "--for=jsonpath={.metadata.deletionTimestamp}", ...gone.slice(0, 1), ...wait);
    await replaced(cluster, proxies, old);
    await world.takesChanges("after-new-proxies");
    assertUnharmed(t, await load.stop());
  });
}

import assert from "node:assert/strict";
import { it } from "node:test";
import { leaderOf, leaderThat } from "../support/cluster/leader.ts";
import { podsOf, processesOf, replaced } from "../support/cluster/pods.ts";
import { assertUnharmed } from "./load.ts";
import { type World, weir } from "./world.ts";

/** What befalls replicas of Weir. */
export function controlPlaneFaults(world: World): void {
  const { cluster } = world;

  it("while Weir is restarted, one replica after the other", async (t) => {
    const before = await podsOf(cluster, weir);
    const load = await world.startLoad(t);
    await cluster.kubectl("rollout", "restart", `deployment/${weir.deployment}`, `--namespace=${weir.namespace}`);
    await replaced(cluster, weir, before);
    await world.takesChanges("after-restart");
    assertUnharmed(t, await load.stop());
  });

  it("while Weir's leader is killed", async (t) => {
    const leader = await leaderOf(cluster);
    const pod = (await podsOf(cluster, weir)).find(({ name }) => name === leader.pod);
    assert.ok(pod !== undefined, `${leader.identity} is a pod`);
    const load = await world.startLoad(t);
    const { containers } = await processesOf(pod);
    const killed = Date.now();
    for (const pid of containers) process.kill(pid, "SIGKILL");
    const next = await leaderThat(cluster, ({ identity }) => identity !== leader.identity);
    t.diagnostic(`${next.pod} leads ${next.since.getTime() - killed} ms after the death of ${leader.pod}`);
    assert.notEqual(next.pod, leader.pod, "the other replica takes over");
    assert.ok(next.since.getTime() - killed <= 10_000, "a lost leader is replaced within 10 s");
    await world.takesChanges("after-death");
    const again = (await podsOf(cluster, weir)).find(({ uid }) => uid === pod.uid);
    assert.equal(again?.restarts, pod.restarts + 1, "the process was started again");
    assertUnharmed(t, await load.stop());
  });
}

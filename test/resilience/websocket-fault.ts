/** What becomes of connections that last, when the proxy they lead through is deleted. Requests are the load's business. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it, type TestContext } from "node:test";
import type { ClusterSession } from "../../scripts/cluster-tools/session.ts";
import { podsOf, replaced } from "../support/cluster/pods.ts";
import { host } from "./shop.ts";
import type { WebSocketReport } from "./websocket-client.ts";
import { proxies, type World } from "./world.ts";

/** Starts a WebSocket through the proxy at `address`; each call of the result lets it talk on for a while and tells what became of it. */
function talk(t: TestContext, cluster: ClusterSession, address: string): () => Promise<WebSocketReport> {
  const program = [process.execPath, join(import.meta.dirname, "websocket-client.ts"), address, host];
  const child = cluster.spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  assert.ok(child.stdout !== null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    child.stdin?.write("\n");
    const { value, done } = await lines.next();
    assert.ok(done !== true, "the WebSocket's client has ended");
    return JSON.parse(value);
  };
}

export function webSocketFault({ cluster, plain }: World): void {
  it("while a proxy is deleted, which takes no connections any more, lets a WebSocket talk on, and ends it before it is gone itself", async (t) => {
    const before = await podsOf(cluster, proxies);
    const [leaving] = before.filter(({ leaves }) => !leaves);
    assert.ok(leaving !== undefined);
    const report = talk(t, cluster, leaving.address);
    assert.deepEqual({ ...(await report()), echoes: 0 }, { isOpen: true, echoes: 0, accepts: true });

    await cluster.kubectl("delete", "pod", leaving.name, "--namespace", leaving.namespace, "--wait=false");
    let now = await report();
    while (now.accepts) now = await report();
    assert.ok(now.isOpen, "the connection outlives the listener");
    const { echoes } = now;
    now = await report();
    assert.ok(now.isOpen && now.echoes > echoes, "it talks on");
    while (now.isOpen) now = await report();
    const [still] = (await podsOf(cluster, proxies)).filter(({ uid }) => uid === leaving.uid);
    assert.ok(still?.leaves === true && still.restarts === 0, "Envoy ended it, before the kubelet ends Envoy");

    const again = await talk(t, cluster, plain(host).address)();
    assert.ok(again.isOpen, "another proxy takes it");
    await replaced(cluster, proxies, [leaving]);
  });
}

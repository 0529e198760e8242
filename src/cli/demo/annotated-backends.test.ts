import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { Graph } from "../../incremental/graph.ts";
import type { SourceObject } from "../../model/source-object.ts";
import { AnnotatedBackends, wantedBackends } from "./annotated-backends.ts";
import { LocalBackendSet } from "./backend-set.ts";

function slice(ports: readonly number[], change: Partial<SourceObject> = {}): SourceObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    namespace: "shop",
    name: "cart-1",
    scope: "",
    uid: "",
    generation: 1,
    creationTimestamp: "",
    labels: { "kubernetes.io/service-name": "cart" },
    annotations: { "weir.dev/demo-backend": "v2" },
    body: { endpoints: [{ addresses: ["127.0.0.1", "10.0.0.1"] }], ports: ports.map((port) => ({ port })) },
    source: "file",
    ...change,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

test("only loopback addresses of annotated slices are served", () => {
  assert.deepEqual(wantedBackends([slice([80])]), [{ name: "cart", version: "v2", address: "127.0.0.1", port: 80 }]);
  assert.equal(wantedBackends([slice([80], { annotations: {} })]).length, 0);
});

test("backends come, change and go with their slices, and a taken port is told", async () => {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const slices = graph.input<SourceObject>("slices");
  const problems: string[] = [];
  const running = new LocalBackendSet();
  const backends = new AnnotatedBackends(slices, running, (message) => problems.push(message));
  const port = await freePort();
  const version = async (): Promise<unknown> => {
    const answer: unknown = await (
      await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })
    ).json();
    return Object(answer).version;
  };
  graph.transaction(() => slices.set("a", slice([port])));
  await backends.reconcile();
  assert.equal(await version(), "v2");

  graph.transaction(() => slices.set("a", slice([port], { annotations: { "weir.dev/demo-backend": "v3" } })));
  await backends.reconcile();
  assert.equal(await version(), "v3");

  graph.transaction(() => slices.delete("a"));
  await backends.reconcile();
  await assert.rejects(version());

  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
  graph.transaction(() => slices.set("a", slice([port])));
  await backends.reconcile();
  assert.match(problems[0] ?? "", /the demo backend of cart cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  taken.close();
  await backends.close();
  assert.equal(running.size, 0);
});

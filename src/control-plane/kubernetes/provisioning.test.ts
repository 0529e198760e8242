import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Graph } from "../../incremental/graph.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import { TestLeadership } from "../../kubernetes/testing/test-leadership.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { objectAt } from "../../model/json.ts";
import { defaultProxySettings, type ProxyRequest } from "../../model/proxy-request.ts";
import type { WantedProxies } from "../../provision/gateway-objects.ts";
import { LiveObjects } from "../../provision/live-objects.ts";
import { ClusterObjects } from "../../provision/testing/cluster-objects.ts";
import type { AddressState } from "../../status/addresses.ts";
import { textLog } from "../log.ts";
import { Provisioning } from "./provisioning.ts";

const request: ProxyRequest = {
  gateway: "shop/web",
  labels: {},
  annotations: {},
  addresses: [{ type: "IPAddress", value: "192.0.2.7" }],
  writtenPorts: [],
  settings: defaultProxySettings,
};
const service = "/api/v1/namespaces/shop/services/weir-web";
const gatewayObject = "gateway.networking.k8s.io/Gateway/shop/web";

/** One replica, and everything it ever said of the gateway, in order. */
async function replica(context: TestContext, cluster: ClusterObjects) {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const wanted = graph.input<WantedProxies>("wanted");
  const problems = graph.input<readonly Diagnostic[]>("problems");
  const live = new LiveObjects({ client: cluster, clock: systemClock, onTrouble: () => undefined });
  const office = new TestLeadership();
  const said: (AddressState | undefined)[] = [];
  const provisioning = new Provisioning({
    client: cluster,
    leadership: office,
    live,
    wanted,
    published: undefined,
    settings: () => ({
      envoyImage: "envoy",
      controlPlane: { host: "weir", port: 18_000 },
      trustedAuthorities: "authorities",
    }),
    graph,
    problems,
    addressesChanged: (gateway) => said.push(provisioning.addressesOf(gateway)),
    log: textLog("error", () => undefined),
  });
  const want = (next: ProxyRequest): void =>
    graph.transaction(() => wanted.set("shop/web", { request: next, ports: [{ port: 80, protocol: "TCP" }] }));
  await live.start();
  want(request);
  provisioning.start();
  context.after(async () => {
    await provisioning.stop();
    await live.stop();
  });
  return { office, said, problems, want, addresses: () => provisioning.addressesOf("shop/web") };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await setImmediate();
}

function give(cluster: ClusterObjects, ip: string): void {
  const found = cluster.objects.get(service);
  assert.ok(found !== undefined);
  cluster.put(service, { ...found, status: { loadBalancer: { ingress: [{ ip }] } } });
}

describe("where gateways are reached, over several replicas", () => {
  const reached = { addresses: [{ type: "IPAddress", value: "192.0.2.7" }] };

  test("is the same on one that leads and on one that follows, and a change of office says nothing new", async (context) => {
    const cluster = new ClusterObjects();
    const first = await replica(context, cluster);
    const second = await replica(context, cluster);
    first.office.gain();
    await settle();
    give(cluster, "192.0.2.7");
    await settle();
    assert.deepEqual(first.addresses(), reached);
    assert.deepEqual(second.addresses(), reached);
    for (const { said } of [first, second]) {
      assert.deepEqual(said.at(-1), reached);
      said.length = 0;
    }
    first.office.lose();
    second.office.gain();
    await settle();
    assert.deepEqual([...first.said, ...second.said], []);
    assert.deepEqual(second.addresses(), reached);
  });

  test("is known to a replica that starts later, before it leads", async (context) => {
    const cluster = new ClusterObjects();
    const first = await replica(context, cluster);
    first.office.gain();
    await settle();
    give(cluster, "192.0.2.7");
    const late = await replica(context, cluster);
    assert.deepEqual(late.addresses(), reached);
    assert.deepEqual(late.said, [reached]);
  });

  test("stays while it is not known what is wanted", async (context) => {
    const cluster = new ClusterObjects();
    const { office, want, addresses, said } = await replica(context, cluster);
    office.gain();
    await settle();
    give(cluster, "192.0.2.7");
    await settle();
    said.length = 0;
    const { settings: _settings, ...unknown } = request;
    want(unknown);
    await settle();
    assert.deepEqual(addresses(), reached);
    assert.deepEqual(said, []);
  });
});

describe("what keeps proxies from being made", () => {
  test("is told by the leader on the Gateway, and taken back with its term", async (context) => {
    const cluster = new ClusterObjects();
    cluster.put(service, { apiVersion: "v1", kind: "Service", metadata: { name: "weir-web", namespace: "shop" } });
    const { office, problems, addresses } = await replica(context, cluster);
    office.gain();
    await settle();
    const [problem] = problems.get(gatewayObject) ?? [];
    assert.equal(problem?.code, "WR0702");
    assert.equal(problem?.object?.name, "web");
    assert.equal(addresses()?.problem?.reason, "NoResources");
    office.lose();
    await settle();
    assert.equal(problems.get(gatewayObject), undefined);
    assert.equal(addresses()?.problem?.reason, "AddressNotUsable");
  });

  test("is told of pods only where there are no others", async (context) => {
    const cluster = new ClusterObjects();
    const { office, problems, addresses } = await replica(context, cluster);
    office.gain();
    await settle();
    give(cluster, "192.0.2.7");
    const place = "/apis/apps/v1/namespaces/shop/deployments/weir-web";
    const deployment = cluster.objects.get(place);
    const message = "pods is forbidden: exceeded quota: small";
    const conditions = [{ type: "ReplicaFailure", status: "True", message }];
    cluster.put(place, { ...deployment, metadata: objectAt(deployment, "metadata"), status: { conditions } });
    await settle();
    assert.equal(problems.get(gatewayObject)?.[0]?.code, "WR0704");
    assert.equal(addresses()?.problem, undefined);
    assert.equal(addresses()?.lacking?.reason, "NoResources");
  });
});

/** Several replicas of Weir in a real cluster: what each knows of proxies that are connected to another, and what happens when the leader dies. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ClusterSession, installationNamespace } from "../../scripts/cluster-tools/session.ts";
import { listAt, textAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { leaderOf, leaderThat } from "../support/cluster/leader.ts";
import { podsOf, processesOf, type Workload } from "../support/cluster/pods.ts";

const say = (message: string): void => void process.stderr.write(`replicas: ${message}\n`);
/** The cluster that WEIR_CLUSTER names is used and left; without it there is one of this run's own. */
const given = process.env.WEIR_CLUSTER;
const cluster = new ClusterSession({ name: given ?? `test-${process.pid}`, say });
const skip = (await cluster.unavailable()) ?? false;

const namespace = `replicas-${process.pid}`;

function gateway(name: string): JsonObject {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name, namespace },
    spec: { gatewayClassName: "weir", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
  };
}

async function programmed(...names: readonly string[]): Promise<void> {
  const gateways = names.map((name) => `gateway/${name}`);
  await cluster.kubectl(
    "wait",
    "--for=condition=Programmed",
    "--timeout=120s",
    `--namespace=${namespace}`,
    ...gateways,
  );
}

const weir: Workload = {
  namespace: installationNamespace,
  deployment: "weir",
  selector: "app.kubernetes.io/name=weir",
};

/** Names of the pods of Weir that are to stay. */
async function replicas(): Promise<readonly string[]> {
  return (await podsOf(cluster, weir)).filter(({ leaves }) => !leaves).map(({ name }) => name);
}

/** What a command of Weir prints in the pod of a replica. */
async function ask(replica: string, ...command: readonly string[]): Promise<Json> {
  const pod = ["exec", `--namespace=${installationNamespace}`, replica, "--"];
  return JSON.parse(await cluster.kubectl(...pod, "/opt/weir/bin/weir", ...command, "--output=json"));
}

/** The proxies of this test's Gateways that a replica lists, each with the replica that it is connected to. */
async function proxies(replica: string): Promise<ReadonlyMap<string, string>> {
  const own = listAt(await ask(replica, "proxy", "list")).filter(
    (proxy) => textAt(proxy, "class")?.startsWith(`${namespace}/`) === true,
  );
  return new Map(own.map((proxy) => [textAt(proxy, "node") ?? "", textAt(proxy, "replica") ?? ""]));
}

/** By Gateway: the version of the object, and since when it is programmed. */
async function versions(): Promise<ReadonlyMap<string, string>> {
  const found = await cluster.get("gateways", `--namespace=${namespace}`);
  return new Map(
    listAt(found, "items").map((item) => {
      const condition = listAt(item, "status", "conditions").find((one) => textAt(one, "type") === "Programmed");
      const said = ["status", "lastTransitionTime"].map((field) => textAt(condition, field));
      const version = textAt(item, "metadata", "resourceVersion");
      return [textAt(item, "metadata", "name") ?? "", [version, ...said].join(" ")];
    }),
  );
}

describe("several replicas of Weir", { skip }, () => {
  const names: string[] = [];
  before(async () => {
    await cluster.up("weir", "envoy");
    await cluster.installDefinitions();
    await cluster.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
  });
  after(async () => {
    if (given === undefined) await cluster.run("down");
    else await cluster.kubectl("delete", "--wait=false", `namespace/${namespace}`);
  });

  /** Makes Gateways until each replica has a proxy of them: to which one a proxy connects is up to the Service. */
  async function spread(): Promise<void> {
    for (;;) {
      const [first = "", ...others] = await replicas();
      const connected = new Set((await proxies(first)).values());
      if ([first, ...others].every((replica) => connected.has(replica))) return;
      assert.ok(names.length < 15, `all proxies are connected to ${[...connected].join()}`);
      const name = `gateway-${names.length}`;
      names.push(name);
      await cluster.apply([gateway(name)]);
      await programmed(name);
    }
  }

  for (const count of [2, 3]) {
    it(`with ${count} of them a Gateway is programmed whichever its proxies are connected to, and each lists all`, async () => {
      await cluster.installWeir({ replicas: count });
      await spread();
      const all = await replicas();
      assert.equal(all.length, count);
      const [first, ...others] = await Promise.all(all.map(proxies));
      assert.ok(first !== undefined && first.size >= count);
      for (const other of others) assert.deepEqual(other, first);
      await programmed(...names);
    });
  }

  it("each shows what a proxy is served that is connected to another", async () => {
    const [first = "", second = ""] = await replicas();
    const [node] = [...(await proxies(first))].find(([, replica]) => replica === second) ?? [];
    assert.ok(node !== undefined);
    const [elsewhere, there] = await Promise.all(
      [first, second].map((replica) => ask(replica, "proxy", "config", node)),
    );
    assert.ok(listAt(there, "resources").length > 0);
    assert.deepEqual(elsewhere, there);
  });

  it("a leader that is killed is replaced within 10 s, and nothing is written that changes nothing", async () => {
    const before = await leaderOf(cluster);
    const known = await versions();
    assert.equal(known.size, names.length);
    const pod = (await podsOf(cluster, weir)).find(({ name }) => name === before.pod);
    assert.ok(pod !== undefined);
    const { containers } = await processesOf(pod);
    assert.ok(containers.length > 0);
    const killedAt = Date.now();
    for (const pid of containers) process.kill(pid, "SIGKILL");
    const { since } = await leaderThat(cluster, ({ identity }) => identity !== before.identity);
    assert.ok(since.getTime() - killedAt < 10_000, `after ${since.getTime() - killedAt} ms`);
    // Once the new leader has said something of its own, it has looked at everything there was.
    await cluster.apply([gateway("afterwards")]);
    await programmed("afterwards");
    const now = await versions();
    assert.deepEqual(new Map([...now].filter(([name]) => known.has(name))), known);
  });
});

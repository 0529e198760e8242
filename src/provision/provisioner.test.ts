import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Graph } from "../incremental/graph.ts";
import type { KubernetesAnswer, KubernetesRequest } from "../kubernetes/client.ts";
import type { Clock } from "../kubernetes/clock.ts";
import { isObject, objectAt } from "../model/json.ts";
import type { WantedProxies } from "./gateway-objects.ts";
import { LiveObjects } from "./live-objects.ts";
import type { ProvisioningProblem } from "./problem.ts";
import { Provisioner } from "./provisioner.ts";
import { ClusterObjects } from "./testing/cluster-objects.ts";
import { plainRequest as request } from "./testing/proxy-request.ts";

const web: WantedProxies = { request, ports: [{ port: 80, protocol: "TCP" }] };

const places = {
  account: "/api/v1/namespaces/shop/serviceaccounts/weir-web",
  configuration: "/api/v1/namespaces/shop/configmaps/weir-web",
  service: "/api/v1/namespaces/shop/services/weir-web",
  deployment: "/apis/apps/v1/namespaces/shop/deployments/weir-web",
  budget: "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/weir-web",
} as const;

/** Longer timers are deadlines of watches, which no test lets pass. */
const PAUSE_MS = 60_000;

/** A provisioner over a cluster, with time that passes only when a test says so. */
async function rig(context: TestContext, cluster = new ClusterObjects(), known: readonly WantedProxies[] = []) {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const wanted = graph.input<WantedProxies>("wanted");
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    after: (ms, run) => {
      if (ms <= PAUSE_MS) timers.add(run);
      return () => timers.delete(run);
    },
  };
  const problems: (ProvisioningProblem | undefined)[] = [];
  const live = new LiveObjects({
    client: cluster,
    clock,
    onTrouble: (_kind, problem) => assert.equal(problem, undefined),
  });
  let trustedAuthorities = "first";
  const provisioner = new Provisioner({
    client: cluster,
    clock,
    wanted,
    live,
    settings: () => ({ envoyImage: "envoy", controlPlane: { host: "weir", port: 18_000 }, trustedAuthorities }),
    onProblem: (_gateway, problem) => problems.push(problem),
    onTrouble: (_gateway, problem) => assert.fail(problem),
  });
  context.after(async () => {
    await provisioner.stop();
    await live.stop();
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 10; round++) {
      await setImmediate();
      await provisioner.idle();
    }
  };
  graph.transaction(() => {
    for (const proxies of known) wanted.set(proxies.request.gateway, proxies);
  });
  await live.start();
  provisioner.start();
  return {
    cluster,
    live,
    provisioner,
    problems,
    settle,
    want: async (key: string, value: WantedProxies | undefined) => {
      graph.transaction(() => (value === undefined ? wanted.delete(key) : wanted.set(key, value)));
      await settle();
    },
    rotate: async (text: string) => {
      trustedAuthorities = text;
      provisioner.settingsChanged();
      await settle();
    },
    /** Lets everything that waits for a time happen. */
    pass: async () => {
      for (const run of [...timers]) {
        timers.delete(run);
        run();
      }
      await settle();
    },
    writes: () => cluster.requests.splice(0).filter((line) => !line.startsWith("GET")),
  };
}

describe("the provisioner", () => {
  test("makes what a gateway needs, the pods last", async (context) => {
    const { want, writes } = await rig(context);
    await want("shop/web", web);
    const made = writes();
    assert.deepEqual(
      made.toSorted(),
      Object.values(places)
        .map((place) => `PATCH ${place}`)
        .toSorted(),
    );
    assert.equal(made.at(-1), `PATCH ${places.deployment}`);
  });

  test("writes only what an edit changes", async (context) => {
    const { want, writes, rotate } = await rig(context);
    await want("shop/web", web);
    writes();
    await want("shop/web", { ...web, ports: [...web.ports, { port: 443, protocol: "TCP" }] });
    assert.deepEqual(writes(), [`PATCH ${places.service}`]);
    await rotate("second");
    assert.deepEqual(writes(), [`PATCH ${places.configuration}`]);
  });

  test("a new leader writes nothing where nothing changed", async (context) => {
    const first = await rig(context);
    await first.want("shop/web", web);
    await first.provisioner.stop();
    first.writes();
    const second = await rig(context, first.cluster, [web]);
    await second.settle();
    assert.deepEqual(second.cluster.requests, []);
  });

  test("brings back what somebody else deletes, and what somebody else changes", async (context) => {
    const { want, writes, cluster, settle } = await rig(context);
    await want("shop/web", web);
    writes();
    cluster.remove(places.deployment);
    await settle();
    assert.deepEqual(writes(), [`PATCH ${places.deployment}`]);
    const service = cluster.objects.get(places.service);
    assert.ok(service !== undefined);
    cluster.put(places.service, { ...service, spec: { ...objectAt(service, "spec"), type: "ClusterIP" } });
    await settle();
    assert.deepEqual(writes(), [`PATCH ${places.service}`]);
    assert.equal(objectAt(cluster.objects.get(places.service), "spec").type, "LoadBalancer");
  });

  test("leaves alone what others add: a replica count, a status", async (context) => {
    const { want, writes, cluster, settle } = await rig(context);
    await want("shop/web", web);
    writes();
    const deployment = cluster.objects.get(places.deployment);
    assert.ok(deployment !== undefined);
    const spec = { ...objectAt(deployment, "spec"), replicas: 7 };
    cluster.put(places.deployment, { ...deployment, spec, status: { readyReplicas: 7 } });
    await settle();
    assert.deepEqual(writes(), []);
  });

  test("knows the address that a Service was given before the answer about its making arrived", async (context) => {
    const given = { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } };
    class LateAnswers extends ClusterObjects {
      override async request(request: KubernetesRequest): Promise<KubernetesAnswer> {
        const answer = await super.request(request);
        if (request.method === "PATCH" && request.path === places.service && isObject(answer.body)) {
          this.put(places.service, { ...answer.body, status: given });
          await setImmediate();
        }
        return answer;
      }
    }
    const { want, live } = await rig(context, new LateAnswers());
    await want("shop/web", web);
    assert.deepEqual(live.get("Service/shop/weir-web")?.status, given);
  });

  test("takes the Service of an address that is no longer wanted away, and leaves those of others as they are", async (context) => {
    const { want, writes } = await rig(context);
    const [one, two] = (["192.0.2.1", "192.0.2.2"] as const).map((value) => ({ type: "IPAddress", value }) as const);
    assert.ok(one !== undefined && two !== undefined);
    await want("shop/web", { ...web, request: { ...request, addresses: [one, two] } });
    writes();
    await want("shop/web", { ...web, request: { ...request, addresses: [two] } });
    assert.deepEqual(writes(), [`DELETE ${places.service}`]);
  });

  test("deletes what is no longer wanted, and nothing that it did not make", async (context) => {
    const { want, writes, cluster } = await rig(context);
    await want("shop/web", web);
    const labels = { "app.kubernetes.io/managed-by": "weir", "gateway.networking.k8s.io/gateway-name": "web" };
    const foreign = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mine", namespace: "shop", labels } };
    cluster.put("/api/v1/namespaces/shop/configmaps/mine", foreign);
    writes();
    await want("shop/web", undefined);
    assert.deepEqual(
      writes().toSorted(),
      Object.values(places)
        .map((place) => `DELETE ${place}`)
        .toSorted(),
    );
    assert.deepEqual([...cluster.objects.keys()], ["/api/v1/namespaces/shop/configmaps/mine"]);
  });

  test("deletes what became unwanted while no Weir ran", async (context) => {
    const first = await rig(context);
    await first.want("shop/web", web);
    await first.provisioner.stop();
    const second = await rig(context, first.cluster);
    await second.settle();
    assert.equal(first.cluster.objects.size, 0);
  });

  test("does not take over an object of the same name", async (context) => {
    const cluster = new ClusterObjects();
    cluster.put(places.service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "weir-web", namespace: "shop" },
    });
    const { want, problems } = await rig(context, cluster);
    await want("shop/web", web);
    assert.deepEqual(problems, [
      {
        code: "WR0702",
        concerns: "object",
        reason: "NoResources",
        message: "Service/shop/weir-web exists and was not made by Weir: it is left alone.",
        hint: "Remove it, or give the Gateway another name.",
      },
    ]);
    assert.equal(cluster.objects.get(places.service)?.spec, undefined);
  });

  test("leaves everything as it is while it is not known what is wanted", async (context) => {
    const { want, writes } = await rig(context);
    await want("shop/web", web);
    writes();
    const { settings: _settings, ...unknown } = request;
    await want("shop/web", { request: unknown, ports: [] });
    assert.deepEqual(writes(), []);
  });

  test("tells of a refusal once, tries again, and tells that it is over", async (context) => {
    const cluster = new ClusterObjects();
    const { want, problems, pass } = await rig(context, cluster);
    cluster.refuse = ({ method, path }) =>
      method === "PATCH" && path === places.deployment
        ? {
            status: 403,
            body: { kind: "Status", message: "exceeded quota: small, requested: count/deployments.apps=1" },
          }
        : undefined;
    await want("shop/web", web);
    await pass();
    assert.deepEqual(
      problems.map((problem) => [problem?.code, problem?.message]),
      [["WR0704", "Deployment/shop/weir-web: exceeded quota: small, requested: count/deployments.apps=1"]],
    );
    cluster.refuse = () => undefined;
    await pass();
    assert.ok(cluster.objects.has(places.deployment));
    assert.equal(problems.length, 2);
    assert.equal(problems[1], undefined);
  });

  test("says nothing of what cannot be made because its namespace goes", async (context) => {
    const cluster = new ClusterObjects();
    const { want, problems } = await rig(context, cluster);
    const message = "unable to create new content in namespace shop because it is being terminated";
    const causes = [{ reason: "NamespaceTerminating", message: "namespace shop is being terminated" }];
    cluster.refuse = ({ method }) =>
      method === "PATCH" ? { status: 403, body: { kind: "Status", message, details: { causes } } } : undefined;
    await want("shop/web", web);
    assert.deepEqual(problems, []);
  });

  test("tells what keeps pods from being made, and writes nothing for it", async (context) => {
    const { want, problems, writes, cluster, settle } = await rig(context);
    await want("shop/web", web);
    writes();
    const deployment = cluster.objects.get(places.deployment);
    const message =
      'pods "weir-web-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0';
    const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message };
    cluster.put(places.deployment, { ...deployment, status: { conditions: [failure] } });
    await settle();
    assert.deepEqual(
      problems.map((problem) => [problem?.code, problem?.concerns, problem?.message]),
      [["WR0704", "pods", `pods of Deployment/shop/weir-web: ${message}`]],
    );
    cluster.put(places.deployment, { ...deployment, status: { conditions: [{ ...failure, status: "False" }] } });
    await settle();
    assert.equal(problems.at(-1), undefined);
    assert.deepEqual(writes(), []);
  });
});

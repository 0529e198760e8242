/** What the leader tells on users' objects, with a real API server and the rights that an installation has. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ClusterSession, installationNamespace } from "../../scripts/cluster-tools/session.ts";
import { isObject, listAt, textAt } from "../../src/model/json.ts";
import type { JsonObject } from "../../src/model/source-object.ts";
import { leaderOf, leaderThat } from "../support/cluster/leader.ts";

const namespace = `told-${process.pid}`;
const say = (message: string): void => void process.stderr.write(`objects-told: ${message}\n`);
/** The cluster that WEIR_CLUSTER names is used and left; without it there is one of this run's own. */
const given = process.env.WEIR_CLUSTER;
const session = new ClusterSession({ name: given ?? `test-${process.pid}`, say });
const skip = (await session.unavailable()) ?? false;

const gatewayApi = "gateway.networking.k8s.io/v1";

function gateway(name: string, className: string): JsonObject {
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name, namespace },
    spec: { gatewayClassName: className, listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
  };
}

function route(name: string, parent: string): JsonObject {
  const backendRefs = [{ name: "nowhere", port: 80 }];
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: { parentRefs: [{ name: parent }], hostnames: [`${name}.test`], rules: [{ backendRefs }] },
  };
}

function ingress(name: string, className?: string): JsonObject {
  const backend = { service: { name: "nowhere", port: { number: 80 } } };
  const rules = [{ host: `${name}.test`, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace },
    spec: { ...(className === undefined ? {} : { ingressClassName: className }), rules },
  };
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(200);
  }
}

async function eventsOf(kind: string, name: string): Promise<readonly JsonObject[]> {
  const of = `regarding.kind=${kind},regarding.name=${name}`;
  const list = await session.get("events.v1.events.k8s.io", "--namespace", namespace, "--field-selector", of);
  return listAt(list, "items").filter(isObject);
}

function firstEvent(kind: string, name: string): Promise<JsonObject> {
  return eventually(async () => (await eventsOf(kind, name))[0]);
}

describe("what the leader tells on objects", { skip, timeout: 300_000 }, () => {
  before(async () => {
    await session.up("weir", "envoy");
    await session.install({ replicas: 1 });
    await session.apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: gatewayApi,
        kind: "GatewayClass",
        metadata: { name: namespace },
        spec: { controllerName: "example.com/another" },
      },
    ]);
  });

  after(async () => {
    if (given === undefined) await session.run("down");
    else {
      await session.kubectl("delete", "--wait=false", `namespace/${namespace}`);
      await session.kubectl("delete", "--ignore-not-found", `gatewayclass/${namespace}`, `ingressclass/${namespace}`);
    }
  });

  it("a missing Service, where kubectl describe and kubectl events show it, and not on routes of others", async () => {
    await session.apply([
      gateway("edge", "weir"),
      gateway("theirs", namespace),
      route("foreign", "theirs"),
      route("web", "edge"),
    ]);
    const event = await firstEvent("HTTPRoute", "web");
    assert.equal(event.type, "Warning");
    assert.equal(event.reason, "MissingService");
    assert.match(textAt(event, "note") ?? "", /^WR0201 .*nowhere/);
    assert.equal(textAt(event, "reportingController"), "weir.dev/control-plane");
    const described = await session.kubectl("describe", "httproute/web", "--namespace", namespace);
    assert.match(described, /Warning +MissingService .*weir\.dev\/control-plane +WR0201/);
    assert.match(await session.kubectl("events", "--for=httproute/web", "--namespace", namespace), /MissingService/);
    assert.deepEqual(await eventsOf("HTTPRoute", "foreign"), []);
  });

  it("nothing a second time by the next leader", async () => {
    const before = await firstEvent("HTTPRoute", "web");
    const { identity } = await leaderOf(session);
    await session.kubectl("rollout", "restart", "deployment/weir", "--namespace", installationNamespace);
    await leaderThat(session, (leader) => leader.identity !== identity);
    // Events are written in order: what was there at the beginning comes before what came later.
    await session.apply([route("later", "edge")]);
    await firstEvent("HTTPRoute", "later");
    assert.deepEqual(await eventsOf("HTTPRoute", "web"), [before]);
  });

  it("a quota that leaves no room for proxies, in the Gateway's condition too", async () => {
    const hard = { "count/deployments.apps": "0" };
    await session.apply([
      { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace }, spec: { hard } },
    ]);
    await eventually(async () => {
      const quota = await session.get("resourcequota/none", "--namespace", namespace);
      return isObject(quota) && textAt(quota, "status", "hard", "count/deployments.apps") === "0" ? true : undefined;
    });
    await session.apply([gateway("crowded", "weir")]);
    const event = await firstEvent("Gateway", "crowded");
    assert.equal(event.reason, "QuotaExceeded");
    const condition = await eventually(async () => {
      const found = await session.get("gateway/crowded", "--namespace", namespace);
      return listAt(found, "status", "conditions").find(
        (each) => textAt(each, "type") === "Programmed" && (textAt(each, "message") ?? "").includes("exceeded quota"),
      );
    });
    assert.equal(textAt(condition, "status"), "False");
    assert.equal(textAt(condition, "reason"), "NoResources");
    await session.kubectl("delete", "resourcequota/none", "--namespace", namespace);
  });

  it("on Ingresses the address of the Gateway that their class names, and of its own gateway for a class that names none", async () => {
    const parameters = {
      apiGroup: "gateway.networking.k8s.io",
      kind: "Gateway",
      name: "edge",
      namespace,
      scope: "Namespace",
    };
    await session.apply([
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name: namespace },
        spec: { controller: "weir.dev/ingress", parameters },
      },
      ingress("classless"),
      ingress("placed", namespace),
      ingress("own", "weir"),
    ]);
    const addressOf = (kind: string, name: string, ...path: readonly string[]): Promise<string> =>
      eventually(async () => textAt(await session.get(`${kind}/${name}`, "--namespace", namespace), ...path));
    const ofGateway = await eventually(async () => {
      const [address] = listAt(await session.get("gateway/edge", "--namespace", namespace), "status", "addresses");
      return textAt(address, "value");
    });
    const ipOf = (name: string): Promise<string> =>
      eventually(async () => {
        const found = await session.get(`ingress/${name}`, "--namespace", namespace);
        const [entry] = listAt(found, "status", "loadBalancer", "ingress");
        return textAt(entry, "ip");
      });
    assert.equal(await ipOf("placed"), ofGateway);
    const own = await ipOf("own");
    assert.notEqual(own, ofGateway);
    const service = await session.get("service/weir-ingress", "--namespace", installationNamespace);
    const [given] = listAt(service, "status", "loadBalancer", "ingress");
    assert.equal(textAt(given, "ip"), own);
    assert.equal(await addressOf("ingress", "classless", "metadata", "name"), "classless");
    const classless = await session.get("ingress/classless", "--namespace", namespace);
    assert.deepEqual(listAt(classless, "status", "loadBalancer", "ingress"), [], "in a cluster it is for nobody");
  });
});

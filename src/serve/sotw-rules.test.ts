import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { ResourceType } from "../xds/resource.ts";
import { type Response, StateScript, summary } from "./testing/scripted-client.ts";
import { StreamHarness } from "./testing/stream-harness.ts";
import { TestPlans, table, virtualHost, whole } from "./testing/test-plans.ts";

const proxyClass = "default/web";
const cluster = (name: string, content = "1") => whole("cluster", name, { content, endpoints: name });
const endpoint = (name: string, content = "1") => whole("endpoint", name, { content });
const host = (name: string, clusters: readonly string[], content = "1") => virtualHost({ name, clusters, content });

let plans: TestPlans;
let client: StateScript;
let harness: StreamHarness;
beforeEach(() => {
  plans = new TestPlans();
  harness = new StreamHarness(plans);
  client = new StateScript(harness);
});

function take(): Response {
  const [response, ...more] = client.take();
  assert.deepEqual(more, [], "one response was expected");
  assert.ok(response, "a response was expected");
  return response;
}

function ack(response: Response, ...resourceNames: string[]): void {
  assert.ok(response.type);
  client.send(response.type, { resourceNames, responseNonce: response.nonce, versionInfo: "v" });
}

function nack(response: Response, message: string, ...resourceNames: string[]): void {
  assert.ok(response.type);
  client.send(response.type, { resourceNames, responseNonce: response.nonce, errorDetail: { code: 3, message } });
}

function subscribe(type: ResourceType, ...resourceNames: string[]): Response {
  client.send(type, { resourceNames });
  return take();
}

describe("state of the world", () => {
  it("lists all clusters whenever one changes, and only the endpoints that changed", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b"), endpoint("a"), endpoint("b")]);
    ack(subscribe("cluster"));
    ack(subscribe("endpoint", "a", "b"), "a", "b");
    plans.edit(proxyClass, [cluster("b", "2")]);
    const [clusters, endpoints] = client.take();
    assert.ok(clusters && endpoints);
    assert.equal(summary(clusters), "cluster a=1 b=2");
    assert.equal(summary(endpoints), "endpoint b=1");
  });

  it("answers an empty world, and names that do not exist, of the two types that are listed in full", () => {
    plans.replace(proxyClass, []);
    ack(subscribe("listener"));
    client.send("cluster", { resourceNames: ["a"] });
    assert.equal(summary(take()), "cluster");
    client.send("route", { resourceNames: ["t"] });
    assert.deepEqual(client.take(), []);
  });

  it("sends the union first and the subset once no acknowledged route names what goes", () => {
    plans.replace(proxyClass, [cluster("a"), endpoint("a"), table("t", [host("h", ["a"])])]);
    ack(subscribe("cluster"));
    ack(subscribe("endpoint", "a"), "a");
    ack(subscribe("route", "t"), "t");
    plans.edit(
      proxyClass,
      [cluster("b"), endpoint("b"), table("t", [host("h", ["b"], "2")])],
      [{ type: "cluster", name: "a" }],
    );
    const union = take();
    assert.equal(summary(union), "cluster a=1 b=1");
    ack(union);
    client.send("endpoint", { resourceNames: ["a", "b"], responseNonce: "2" });
    ack(take(), "a", "b");
    const routes = take();
    assert.equal(summary(routes), "route t[h=2]");
    harness.clock.advance(5_000);
    assert.deepEqual(client.take(), []);
    ack(routes, "t");
    harness.clock.advance(1_000);
    assert.equal(summary(take()), "cluster b=1");
  });

  it("ignores requests that answer an older response", () => {
    plans.replace(proxyClass, [endpoint("a"), endpoint("b"), endpoint("c")]);
    const first = subscribe("endpoint", "a");
    ack(first, "a");
    plans.edit(proxyClass, [endpoint("a", "2")]);
    const second = take();
    client.send("endpoint", { resourceNames: ["a", "b"], responseNonce: first.nonce });
    assert.deepEqual(client.take(), []);
    ack(second, "a", "b");
    assert.equal(summary(take()), "endpoint b=1");
  });

  it("sends again what a request it ignores shows to have been dropped meanwhile", () => {
    plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    const first = subscribe("endpoint", "a", "b");
    ack(first, "a", "b");
    plans.edit(proxyClass, [endpoint("a", "2")]);
    const second = take();
    client.send("endpoint", { resourceNames: ["a"], responseNonce: first.nonce });
    ack(second, "a", "b");
    assert.equal(summary(take()), "endpoint b=1");
  });

  it("takes an empty list for nothing once names were given", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const first = subscribe("cluster", "a");
    assert.equal(summary(first), "cluster a=1");
    ack(first);
    assert.equal(summary(take()), "cluster");
  });

  it("ends a wildcard that names replace", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const first = subscribe("cluster");
    ack(first, "b");
    assert.equal(summary(take()), "cluster b=1");
  });

  it("refuses one of several: the others are listed with what was taken of it before", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    ack(subscribe("cluster"));
    plans.edit(proxyClass, [cluster("a", "bad"), cluster("b", "2"), cluster("c")]);
    nack(take(), "Error adding/updating cluster(s) a: no");
    assert.equal(summary(take()), "cluster a=1 b=2 c=1");
  });

  it("parks all of a refused response where the client had resources that are not known", () => {
    plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    client.send("endpoint", { resourceNames: ["a", "b"], versionInfo: "before" });
    nack(take(), "no", "a", "b");
    assert.deepEqual(client.take(), []);
    assert.equal(harness.registry.list()[0]?.types().get("endpoint")?.refused.length, 2);
  });

  it("keeps clusters that the client may have taken from a response it refused", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b", "bad")]);
    const first = subscribe("cluster");
    plans.edit(proxyClass, [cluster("a", "bad")]);
    nack(first, "Error adding/updating cluster(s) b: no");
    const second = take();
    nack(second, "Error adding/updating cluster(s) a: no");
    assert.equal(summary(take()), "cluster a=1");
  });
});

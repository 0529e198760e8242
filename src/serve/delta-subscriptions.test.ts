import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { cluster, DeltaFixture, endpoint, proxyClass, summaries } from "./testing/delta-fixture.ts";
import { table, whole } from "./testing/test-plans.ts";

let fixture: DeltaFixture;
beforeEach(() => {
  fixture = new DeltaFixture();
});

describe("subscriptions", () => {
  it("take a first request without names for everything, of clusters and listeners only", () => {
    fixture.plans.replace(proxyClass, [cluster("a"), endpoint("a"), whole("listener", "l", { content: "1" })]);
    const client = fixture.client();
    client.subscribe("cluster");
    client.subscribe("listener");
    client.subscribe("endpoint");
    assert.deepEqual(summaries(client), ["cluster a=1", "listener l=1"]);
  });

  it("answer everything with an empty response where there is nothing", () => {
    fixture.plans.replace(proxyClass, []);
    const client = fixture.client();
    client.subscribe("listener", "*");
    assert.deepEqual(summaries(client), ["listener"]);
  });

  it("answer names that do not exist with their removal", () => {
    fixture.plans.replace(proxyClass, []);
    const client = fixture.client();
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint -a"]);
  });

  it("send a name that did not exist once it does", () => {
    fixture.plans.replace(proxyClass, []);
    const client = fixture.client();
    client.subscribe("endpoint", "a");
    client.settle();
    fixture.plans.edit(proxyClass, [endpoint("a")]);
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("answer a name asked for again although nothing changed", () => {
    fixture.plans.replace(proxyClass, [endpoint("a")]);
    const client = fixture.client();
    client.subscribe("endpoint", "a");
    client.settle();
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("send nothing of what was given up, or never asked for", () => {
    fixture.plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    const client = fixture.client();
    client.subscribe("endpoint", "a");
    client.settle();
    client.unsubscribe("endpoint", "a");
    fixture.plans.edit(proxyClass, [endpoint("a", "2"), endpoint("b", "2")]);
    assert.deepEqual(summaries(client), []);
  });

  it("answer a name given up under a wildcard with what the wildcard still covers", () => {
    fixture.plans.replace(proxyClass, [cluster("a")]);
    const client = fixture.client();
    client.subscribe("cluster", "*", "a", "gone");
    client.settle();
    client.unsubscribe("cluster", "a");
    client.unsubscribe("cluster", "gone");
    client.unsubscribe("cluster", "never");
    assert.deepEqual(client.settle(), ["cluster a=1", "cluster -gone -never"]);
  });

  it("keep what is asked for by name when the wildcard ends", () => {
    fixture.plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const client = fixture.client();
    client.subscribe("cluster", "*", "a");
    client.settle();
    client.unsubscribe("cluster", "*");
    fixture.plans.edit(proxyClass, [cluster("a", "2"), cluster("b", "2")]);
    assert.deepEqual(summaries(client), ["cluster a=2"]);
  });

  it("change whatever nonce the request carries", () => {
    fixture.plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    const client = fixture.client();
    client.subscribe("endpoint", "a");
    const [first] = client.take();
    client.send("endpoint", { resourceNamesSubscribe: ["b"], responseNonce: "stale" });
    assert.deepEqual(summaries(client), [], "one response at a time");
    client.ack(first);
    assert.deepEqual(summaries(client), ["endpoint b=1"]);
  });

  it("of types that are not served are answered with removals", () => {
    fixture.plans.replace(proxyClass, []);
    const client = fixture.client();
    client.subscribe("type.googleapis.com/envoy.service.runtime.v3.Runtime", "r");
    assert.deepEqual(summaries(client), ["unserved -r"]);
  });

  it("wait for the plan where there is none yet", () => {
    const client = fixture.client();
    client.subscribe("cluster", "*");
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), []);
    fixture.plans.replace(proxyClass, [cluster("a"), endpoint("a")]);
    assert.deepEqual(summaries(client), ["cluster a=1", "endpoint a=1"]);
  });
});

describe("a reconnecting client", () => {
  it("gets nothing again that it has, and what changed or went away", () => {
    const [a, b] = [cluster("a"), cluster("b")];
    fixture.plans.replace(proxyClass, [a, b, whole("listener", "l", { content: "1" })]);
    const client = fixture.client();
    const initialResourceVersions = { a: a.version, b: "older", gone: "x" };
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions });
    client.subscribe("listener", "*");
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["cluster b=1", "listener l=1", "route -t"]);
    fixture.harness.clock.advance(1_000);
    assert.deepEqual(summaries(client), ["cluster -gone"]);
  });

  it("is acknowledged to be in step where nothing changed", () => {
    const a = cluster("a");
    fixture.plans.replace(proxyClass, [a]);
    const client = fixture.client();
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { a: a.version } });
    assert.deepEqual(summaries(client), []);
    const [proxy] = fixture.harness.registry.list();
    assert.equal(proxy?.synced(), true);
    assert.equal(proxy?.acknowledgedRevision(), "r1");
  });

  it("keeps clusters that are gone until it has said which routes it has", () => {
    fixture.plans.replace(proxyClass, []);
    const client = fixture.client();
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { gone: "x" } });
    client.subscribe("listener", "*");
    client.settle();
    fixture.harness.clock.advance(20_000);
    assert.deepEqual(summaries(client), []);
    client.send("route", { resourceNamesSubscribe: ["t"], initialResourceVersions: { t: "old" } });
    fixture.harness.clock.advance(20_000);
    assert.deepEqual(client.settle(), ["route -t"]);
    fixture.harness.clock.advance(1_000);
    assert.deepEqual(summaries(client), ["cluster -gone"]);
  });

  it("gets endpoints again that its previous stream left unacknowledged, since a cluster may warm with them", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [cluster("a", "2")]);
    const [changed] = client.take();
    client.call.end({ code: "unavailable", message: "" });
    const again = fixture.client();
    again.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { a: cluster("a", "2").version } });
    again.send("endpoint", { resourceNamesSubscribe: ["a"], initialResourceVersions: { a: endpoint("a").version } });
    assert.equal(changed?.type, "cluster");
    assert.deepEqual(again.settle(), ["endpoint a=1"]);
    again.call.end({ code: "unavailable", message: "" });
    const third = fixture.client();
    third.send("endpoint", { resourceNamesSubscribe: ["a"], initialResourceVersions: { a: endpoint("a").version } });
    assert.deepEqual(third.settle(), []);
  });
});

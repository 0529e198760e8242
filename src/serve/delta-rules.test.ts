import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { EncodedRouteTable } from "../xds/resource.ts";
import type { ProxyRefusal } from "./registry.ts";
import { DeltaScript, summary } from "./testing/scripted-client.ts";
import { StreamHarness } from "./testing/stream-harness.ts";
import { TestPlans, table, virtualHost, whole } from "./testing/test-plans.ts";

const proxyClass = "default/web";
const cluster = (name: string, content = "1") => whole("cluster", name, { content, endpoints: name });
const endpoint = (name: string, content = "1") => whole("endpoint", name, { content });
const host = (name: string, clusters: readonly string[], content = "1") => virtualHost({ name, clusters, content });

let plans: TestPlans;
let harness: StreamHarness;
beforeEach(() => {
  plans = new TestPlans();
  harness = new StreamHarness(plans);
});

function summaries(client: DeltaScript): string[] {
  return client.take().map(summary);
}

/** A client that has clusters, their endpoints and the table "t", all acknowledged. */
function connected(clusters: readonly string[], routes: EncodedRouteTable): DeltaScript {
  plans.replace(proxyClass, [...clusters.flatMap((name) => [cluster(name), endpoint(name)]), routes]);
  const client = new DeltaScript(harness);
  client.subscribe("cluster", "*");
  client.settle();
  client.subscribe("endpoint", ...clusters);
  client.settle();
  client.subscribe("route", "t");
  client.settle();
  return client;
}

describe("subscriptions", () => {
  it("take a first request without names for everything, of clusters and listeners only", () => {
    plans.replace(proxyClass, [cluster("a"), endpoint("a"), whole("listener", "l", { content: "1" })]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster");
    client.subscribe("listener");
    client.subscribe("endpoint");
    assert.deepEqual(summaries(client), ["cluster a=1", "listener l=1"]);
  });

  it("answer everything with an empty response where there is nothing", () => {
    plans.replace(proxyClass, []);
    const client = new DeltaScript(harness);
    client.subscribe("listener", "*");
    assert.deepEqual(summaries(client), ["listener"]);
  });

  it("answer names that do not exist with their removal", () => {
    plans.replace(proxyClass, []);
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint -a"]);
  });

  it("send a name that did not exist once it does", () => {
    plans.replace(proxyClass, []);
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", "a");
    client.settle();
    plans.edit(proxyClass, [endpoint("a")]);
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("answer a name asked for again although nothing changed", () => {
    plans.replace(proxyClass, [endpoint("a")]);
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", "a");
    client.settle();
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("send nothing of what was given up, or never asked for", () => {
    plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", "a");
    client.settle();
    client.unsubscribe("endpoint", "a");
    plans.edit(proxyClass, [endpoint("a", "2"), endpoint("b", "2")]);
    assert.deepEqual(summaries(client), []);
  });

  it("answer a name given up under a wildcard with what the wildcard still covers", () => {
    plans.replace(proxyClass, [cluster("a")]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*", "a", "gone");
    client.settle();
    client.unsubscribe("cluster", "a");
    client.unsubscribe("cluster", "gone");
    client.unsubscribe("cluster", "never");
    assert.deepEqual(client.settle(), ["cluster a=1", "cluster -gone -never"]);
  });

  it("keep what is asked for by name when the wildcard ends", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*", "a");
    client.settle();
    client.unsubscribe("cluster", "*");
    plans.edit(proxyClass, [cluster("a", "2"), cluster("b", "2")]);
    assert.deepEqual(summaries(client), ["cluster a=2"]);
  });

  it("change whatever nonce the request carries", () => {
    plans.replace(proxyClass, [endpoint("a"), endpoint("b")]);
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", "a");
    const [first] = client.take();
    client.send("endpoint", { resourceNamesSubscribe: ["b"], responseNonce: "stale" });
    assert.deepEqual(summaries(client), [], "one response at a time");
    client.ack(first);
    assert.deepEqual(summaries(client), ["endpoint b=1"]);
  });

  it("of types that are not served are answered with removals", () => {
    plans.replace(proxyClass, []);
    const client = new DeltaScript(harness);
    client.subscribe("type.googleapis.com/envoy.service.runtime.v3.Runtime", "r");
    assert.deepEqual(summaries(client), ["unserved -r"]);
  });

  it("wait for the plan where there is none yet", () => {
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), []);
    plans.replace(proxyClass, [cluster("a"), endpoint("a")]);
    assert.deepEqual(summaries(client), ["cluster a=1", "endpoint a=1"]);
  });
});

describe("a reconnecting client", () => {
  it("gets nothing again that it has, and what changed or went away", () => {
    const [a, b] = [cluster("a"), cluster("b")];
    plans.replace(proxyClass, [a, b, whole("listener", "l", { content: "1" })]);
    const client = new DeltaScript(harness);
    const initialResourceVersions = { a: a.version, b: "older", gone: "x" };
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions });
    client.subscribe("listener", "*");
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["cluster b=1", "listener l=1", "route -t"]);
    harness.clock.advance(1_000);
    assert.deepEqual(summaries(client), ["cluster -gone"]);
  });

  it("is acknowledged to be in step where nothing changed", () => {
    const a = cluster("a");
    plans.replace(proxyClass, [a]);
    const client = new DeltaScript(harness);
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { a: a.version } });
    assert.deepEqual(summaries(client), []);
    const [proxy] = harness.registry.list();
    assert.equal(proxy?.synced(), true);
    assert.equal(proxy?.acknowledgedRevision(), "r1");
  });

  it("keeps clusters that are gone until it has said which routes it has", () => {
    plans.replace(proxyClass, []);
    const client = new DeltaScript(harness);
    client.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { gone: "x" } });
    client.subscribe("listener", "*");
    client.settle();
    harness.clock.advance(20_000);
    assert.deepEqual(summaries(client), []);
    client.send("route", { resourceNamesSubscribe: ["t"], initialResourceVersions: { t: "old" } });
    harness.clock.advance(20_000);
    assert.deepEqual(client.settle(), ["route -t"]);
    harness.clock.advance(1_000);
    assert.deepEqual(summaries(client), ["cluster -gone"]);
  });

  it("gets endpoints again that its previous stream left unacknowledged, since a cluster may warm with them", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [cluster("a", "2")]);
    const [changed] = client.take();
    client.call.end({ code: "unavailable", message: "" });
    const again = new DeltaScript(harness);
    again.send("cluster", { resourceNamesSubscribe: ["*"], initialResourceVersions: { a: cluster("a", "2").version } });
    again.send("endpoint", { resourceNamesSubscribe: ["a"], initialResourceVersions: { a: endpoint("a").version } });
    assert.equal(changed?.type, "cluster");
    assert.deepEqual(again.settle(), ["endpoint a=1"]);
    again.call.end({ code: "unavailable", message: "" });
    const third = new DeltaScript(harness);
    third.send("endpoint", { resourceNamesSubscribe: ["a"], initialResourceVersions: { a: endpoint("a").version } });
    assert.deepEqual(third.settle(), []);
  });
});

describe("warming", () => {
  it("sends endpoints again, unasked, after every change of their cluster", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [cluster("a", "2")]);
    assert.deepEqual(summaries(client), ["cluster a=2", "endpoint a=1"]);
  });

  it("sends endpoints alone when only they change", () => {
    const client = connected(["a"], table("t", [host("h", ["a"])]));
    plans.edit(proxyClass, [endpoint("a", "2")]);
    assert.deepEqual(client.settle(), ["endpoint a=2"]);
  });
});

describe("the gate", () => {
  it("holds back one virtual host until its cluster and its endpoints are acknowledged, while others advance", () => {
    const client = connected(["a"], table("t", [host("h1", ["a"]), host("h2", ["a"])]));
    plans.edit(proxyClass, [
      cluster("b"),
      endpoint("b"),
      table("t", [host("h1", ["b"], "2"), host("h2", ["a"], "2"), host("h3", ["b"])]),
    ]);
    const [clusters, routes] = client.take();
    assert.equal(summary(clusters ?? { type: undefined, nonce: "", resources: [], removed: [] }), "cluster b=1");
    assert.deepEqual(routes?.resources, ["t[h1=1,h2=2]"]);
    client.ack(routes);
    client.ack(clusters);
    assert.deepEqual(summaries(client), []);
    client.subscribe("endpoint", "b");
    const [endpoints] = client.take();
    assert.deepEqual(endpoints?.resources, ["b=1"]);
    assert.deepEqual(summaries(client), []);
    client.ack(endpoints);
    assert.deepEqual(summaries(client), ["route t[h1=2,h2=2,h3=1]"]);
  });

  it("waits for the version of a cluster that the plan has now", () => {
    const client = connected(["a"], table("t", [host("h", ["a"])]));
    plans.edit(proxyClass, [cluster("a", "2"), table("t", [host("h", ["a"], "2")])]);
    const [clusters, endpoints, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    assert.deepEqual(summaries(client), [], "endpoints from before the change do not count");
    client.ack(endpoints);
    assert.deepEqual(summaries(client), ["route t[h=2]"]);
  });

  it("asks only for the acknowledgement of a cluster that has no endpoint resource", () => {
    const client = connected([], table("t", []));
    plans.edit(proxyClass, [whole("cluster", "x", { content: "1" }), table("t", [host("h", ["x"])])]);
    const [clusters, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    assert.deepEqual(summaries(client), ["route t[h=1]"]);
  });

  it("does not hold a host that only loses a requirement, or goes", () => {
    const client = connected(["a"], table("t", [host("h1", ["a"]), host("h2", ["a"])]));
    plans.edit(proxyClass, [cluster("a", "2"), table("t", [host("h1", [], "2")])]);
    assert.deepEqual(summaries(client), ["cluster a=2", "endpoint a=1", "route t[h1=2]"]);
  });

  it("lets go after two seconds, says so, and does not wait again for the same thing", () => {
    const released: string[] = [];
    harness.registry.subscribe({
      forcedRelease: (_proxy, { resource, host: name, missing }) =>
        released.push(`${resource} ${name}: ${missing.map((item) => `${item.kind} ${item.name}`).join()}`),
    });
    const client = connected(["a"], table("t", [host("h", ["a"])]));
    plans.edit(proxyClass, [table("t", [host("h", ["missing"], "2")])]);
    harness.clock.advance(1_999);
    assert.deepEqual(summaries(client), []);
    harness.clock.advance(1);
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
    assert.deepEqual(released, ["t h: cluster missing"]);
    assert.equal(harness.registry.counters("route").forcedReleases, 1);
  });

  it("holds the first table of a client until all of it can be served", () => {
    plans.replace(proxyClass, [cluster("a"), endpoint("a"), table("t", [host("h1", []), host("h2", ["a"])])]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    client.subscribe("route", "t");
    const [clusters, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    client.subscribe("endpoint", "a");
    assert.deepEqual(client.settle(), ["endpoint a=1", "route t[h1=1,h2=1]"]);
  });

  it("does not wait for clusters that the client asks for because of its routes", () => {
    plans.replace(proxyClass, [cluster("a"), table("t", [host("h", ["a"])])]);
    const client = new DeltaScript(harness);
    client.subscribe("route", "t");
    assert.deepEqual(summaries(client), ["route t[h=1]"]);
  });

  it("holds a host for an extension even before the client asks for it, a listener only afterwards", () => {
    const requires = { extensions: ["x"] };
    plans.replace(proxyClass, [
      whole("extension", "x", { content: "1" }),
      whole("listener", "l", { content: "1", requires }),
      table("t", [virtualHost({ name: "h", content: "1", extensions: ["x"] })]),
    ]);
    const client = new DeltaScript(harness);
    client.subscribe("listener", "*");
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["listener l=1"]);
    client.subscribe("extension", "x");
    assert.deepEqual(client.settle(), ["extension x=1", "route t[h=1]"]);
    plans.edit(proxyClass, [
      whole("extension", "x", { content: "2" }),
      whole("listener", "l", { content: "2", requires }),
    ]);
    const [extension, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(extension);
    assert.deepEqual(summaries(client), ["listener l=2"]);
  });
});

describe("removals", () => {
  it("keep a cluster until the routes that no longer name it are acknowledged, and a moment longer", () => {
    const client = connected(["a", "b"], table("t", [host("h", ["a"])]));
    plans.edit(
      proxyClass,
      [table("t", [host("h", ["b"], "2")])],
      [
        { type: "cluster", name: "a" },
        { type: "endpoint", name: "a" },
      ],
    );
    const [routes, ...more] = client.take();
    assert.deepEqual(routes?.resources, ["t[h=2]"]);
    assert.deepEqual(more, []);
    harness.clock.advance(5_000);
    assert.deepEqual(summaries(client), [], "not before the acknowledgement");
    client.ack(routes);
    harness.clock.advance(999);
    assert.deepEqual(summaries(client), []);
    harness.clock.advance(1);
    const [clusters, ...others] = client.take();
    assert.deepEqual(clusters?.removed, ["a"]);
    assert.deepEqual(others, [], "endpoints stay as long as their cluster may");
  });

  it("stop for what comes back in time", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [], [{ type: "cluster", name: "a" }]);
    plans.edit(proxyClass, [cluster("a")]);
    harness.clock.advance(10_000);
    assert.deepEqual(summaries(client), []);
  });

  it("keep a listener until the one that replaces it may go out", () => {
    plans.replace(proxyClass, [whole("listener", "old", { content: "1" })]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    client.subscribe("listener", "*");
    client.settle();
    plans.edit(
      proxyClass,
      [
        whole("cluster", "c", { content: "1" }),
        whole("listener", "new", { content: "1", requires: { clusters: ["c"] } }),
      ],
      [{ type: "listener", name: "old" }],
    );
    assert.deepEqual(client.settle(), ["cluster c=1", "listener new=1 -old"]);
  });
});

describe("one response at a time", () => {
  it("skips to the latest of what changes while one is on its way", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [endpoint("a", "2")]);
    const [second] = client.take();
    plans.edit(proxyClass, [endpoint("a", "3")]);
    plans.edit(proxyClass, [endpoint("a", "4")]);
    assert.deepEqual(summaries(client), []);
    client.ack(second);
    assert.deepEqual(summaries(client), ["endpoint a=4"]);
  });

  it("writes nothing while the connection takes nothing, and the latest when it does", () => {
    const client = connected(["a"], table("t", []));
    client.call.blocked = true;
    plans.edit(proxyClass, [endpoint("a", "2"), cluster("b")]);
    plans.edit(proxyClass, [endpoint("a", "3"), cluster("b", "2")]);
    assert.deepEqual(summaries(client), []);
    client.call.unblock();
    assert.deepEqual(summaries(client), ["cluster b=2", "endpoint a=3"]);
  });

  it("cuts large answers into several", () => {
    const content = "x".repeat(1_500);
    plans.replace(
      proxyClass,
      ["a", "b", "c", "d"].map((name) => whole("cluster", name, { content })),
    );
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    assert.deepEqual(
      client.settle().map((text) => text.match(/[a-d]=/g)?.join("")),
      ["a=b=c=", "d="],
    );
  });
});

describe("a refused response", () => {
  const refusals: ProxyRefusal[] = [];
  beforeEach(() => {
    refusals.length = 0;
    harness.registry.subscribe({ refused: (_proxy, refusal) => refusals.push(refusal) });
  });

  it("is not sent again until the content changes", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [endpoint("a", "bad")]);
    client.nack(client.take()[0], "no");
    const refused = [{ resource: "a", version: endpoint("a", "bad").version }];
    assert.deepEqual(refusals.at(-1)?.culprits, refused);
    const [proxy] = harness.registry.list();
    assert.equal(proxy?.synced(), false);
    assert.equal(proxy?.types().get("endpoint")?.lastError, "no");
    assert.deepEqual(proxy?.types().get("endpoint")?.refused, refused);
    harness.clock.advance(60_000);
    plans.edit(proxyClass, [table("t", [host("h", [])])]);
    assert.deepEqual(client.settle(), ["route t[h=1]"]);
    plans.edit(proxyClass, [endpoint("a", "good")]);
    assert.deepEqual(client.settle(), ["endpoint a=good"]);
    assert.equal(proxy?.synced(), true);
    assert.equal(proxy?.types().get("endpoint")?.lastError, undefined);
  });

  it("is answered with what the client took before, where it asks again", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [endpoint("a", "bad")]);
    client.nack(client.take()[0], "no");
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("costs one refusal where the client names what is wrong, as Envoy does for clusters and listeners", () => {
    plans.replace(
      proxyClass,
      ["a", "b", "b2", "c"].map((name) => cluster(name)),
    );
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    client.nack(client.take()[0], "Error adding/updating cluster(s) b: invalid, c: invalid too");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map(({ resource }) => resource),
      ["b", "c"],
    );
    assert.deepEqual(client.settle(), ["cluster a=1 b2=1"]);
  });

  it("is searched in halves where the client does not, and the others advance", () => {
    const names = ["a", "b", "c", "d"];
    plans.replace(
      proxyClass,
      names.map((name) => endpoint(name)),
    );
    const client = new DeltaScript(harness);
    client.subscribe("endpoint", ...names);
    const seen: string[] = [];
    for (let [response] = client.take(); response !== undefined; [response] = client.take()) {
      seen.push(response.resources.map((text) => text.slice(0, 1)).join(""));
      if (response.resources.includes("c=1")) client.nack(response, "no");
      else client.ack(response);
    }
    assert.deepEqual(
      refusals.flatMap(({ culprits }) => culprits.map(({ resource }) => resource)),
      ["c"],
    );
    assert.equal(harness.registry.list()[0]?.types().get("endpoint")?.acknowledged, 3);
    assert.ok(seen.length <= 7, seen.join(" "));
  });

  it("names one virtual host of a table, which keeps what it was while the others advance", () => {
    const client = connected([], table("t", [host("h1", []), host("h2", []), host("h3", [])]));
    plans.edit(proxyClass, [
      table("t", [host("h1", [], "2"), host("h2", [], "bad"), host("h3", [], "2"), host("h4", [], "2")]),
    ]);
    for (let [response] = client.take(); response !== undefined; [response] = client.take()) {
      if (response.resources[0]?.includes("bad") === true) client.nack(response, "a regular expression is invalid");
      else client.ack(response);
    }
    assert.deepEqual(refusals.at(-1)?.culprits, [
      { resource: "t", host: "h2", version: host("h2", [], "bad").version },
    ]);
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["route t[h1=2,h2=1,h3=2,h4=2]"]);
    plans.edit(proxyClass, [
      table("t", [host("h1", [], "2"), host("h2", [], "3"), host("h3", [], "2"), host("h4", [], "2")]),
    ]);
    assert.deepEqual(client.settle(), ["route t[h1=2,h2=3,h3=2,h4=2]"]);
  });

  it("tries last what the error mentions", () => {
    const client = connected([], table("t", []));
    plans.edit(proxyClass, [
      table(
        "t",
        ["h1", "h2", "h3", "h33"].map((name) => host(name, [], name === "h3" ? "bad" : "1")),
      ),
    ]);
    client.nack(client.take()[0], "virtual host h3 is invalid");
    const [others] = client.take();
    assert.deepEqual(others?.resources, ["t[h1=1,h2=1,h33=1]"]);
    client.ack(others);
    client.nack(client.take()[0], "virtual host h3 is invalid");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map((unit) => unit.host),
      ["h3"],
    );
    assert.equal(refusals.length, 2);
  });

  it("keeps the head of a table apart from its hosts", () => {
    const client = connected([], table("t", [host("h", [])]));
    plans.edit(proxyClass, [table("t", [host("h", [], "2")], "bad")]);
    client.nack(client.take()[0], "no");
    client.nack(client.take()[0], "no");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map((unit) => unit.host),
      [""],
    );
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
  });

  it("parks a table whole where it is not known what the client had", () => {
    plans.replace(proxyClass, [table("t", [host("h1", []), host("h2", [])])]);
    const client = new DeltaScript(harness);
    client.send("route", { resourceNamesSubscribe: ["t"], initialResourceVersions: { t: "older" } });
    client.nack(client.take()[0], "no");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map(({ resource, host: name }) => [resource, name]),
      [["t", undefined]],
    );
    assert.deepEqual(summaries(client), []);
  });

  it("does not make a cluster unready of which the client has an earlier version", () => {
    const client = connected(["a"], table("t", [host("h", ["a"])]));
    plans.edit(proxyClass, [cluster("a", "bad"), table("t", [host("h", ["a"], "2")])]);
    const [clusters, endpoints] = client.take();
    client.ack(endpoints);
    client.nack(clusters, "Error adding/updating cluster(s) a: bad");
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
  });

  it("with a nonce of another response changes nothing", () => {
    const client = connected(["a"], table("t", []));
    plans.edit(proxyClass, [endpoint("a", "2")]);
    const [response] = client.take();
    client.send("endpoint", { responseNonce: "999", errorDetail: { code: 3, message: "no" } });
    assert.deepEqual(refusals, []);
    client.ack(response);
    client.ack(response);
    assert.equal(harness.registry.counters("endpoint").refused, 0);
    assert.equal(harness.registry.list()[0]?.synced(), true);
  });

  it("leaves a resource uncertain that stood beside the bad one: it is sent again", () => {
    plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const client = new DeltaScript(harness);
    client.subscribe("cluster", "*");
    client.settle();
    plans.edit(proxyClass, [cluster("b", "bad")], [{ type: "cluster", name: "a" }]);
    // The removal follows a second later, with another change of b.
    client.nack(client.take()[0], "Error adding/updating cluster(s) b: bad");
    plans.edit(proxyClass, [cluster("b", "worse")]);
    client.call.blocked = true;
    client.nack(client.take()[0], "Error adding/updating cluster(s) b: worse");
    harness.clock.advance(1_000);
    plans.edit(proxyClass, [cluster("b", "worst")]);
    client.call.unblock();
    const [both] = client.take();
    assert.deepEqual(both?.removed, ["a"]);
    assert.deepEqual(both?.resources, ["b=worst"]);
    plans.edit(proxyClass, [cluster("a")]);
    client.nack(both, "Error adding/updating cluster(s) b: worst");
    assert.deepEqual(client.settle(), ["cluster a=1"], "the client may have removed it");
  });
});

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { EncodedResource } from "../xds/resource.ts";
import { cluster, DeltaFixture, endpoint, host, proxyClass, summaries } from "./testing/delta-fixture.ts";
import { summary } from "./testing/scripted-client.ts";
import { table, virtualHost, whole } from "./testing/test-plans.ts";

let fixture: DeltaFixture;
beforeEach(() => {
  fixture = new DeltaFixture();
});

describe("warming", () => {
  it("sends endpoints again, unasked, after every change of their cluster", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [cluster("a", "2")]);
    assert.deepEqual(summaries(client), ["cluster a=2", "endpoint a=1"]);
  });

  it("sends endpoints alone when only they change", () => {
    const client = fixture.connected(["a"], table("t", [host("h", ["a"])]));
    fixture.plans.edit(proxyClass, [endpoint("a", "2")]);
    assert.deepEqual(client.settle(), ["endpoint a=2"]);
  });
});

describe("the gate", () => {
  it("holds back one virtual host until its cluster and its endpoints are acknowledged, while others advance", () => {
    const client = fixture.connected(["a"], table("t", [host("h1", ["a"]), host("h2", ["a"])]));
    fixture.plans.edit(proxyClass, [
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
    const client = fixture.connected(["a"], table("t", [host("h", ["a"])]));
    fixture.plans.edit(proxyClass, [cluster("a", "2"), table("t", [host("h", ["a"], "2")])]);
    const [clusters, endpoints, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    assert.deepEqual(summaries(client), [], "endpoints from before the change do not count");
    client.ack(endpoints);
    assert.deepEqual(summaries(client), ["route t[h=2]"]);
  });

  it("asks only for the acknowledgement of a cluster that has no endpoint resource", () => {
    const client = fixture.connected([], table("t", []));
    fixture.plans.edit(proxyClass, [whole("cluster", "x", { content: "1" }), table("t", [host("h", ["x"])])]);
    const [clusters, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    assert.deepEqual(summaries(client), ["route t[h=1]"]);
  });

  it("does not hold a host that only loses a requirement, or goes", () => {
    const client = fixture.connected(["a"], table("t", [host("h1", ["a"]), host("h2", ["a"])]));
    fixture.plans.edit(proxyClass, [cluster("a", "2"), table("t", [host("h1", [], "2")])]);
    assert.deepEqual(summaries(client), ["cluster a=2", "endpoint a=1", "route t[h1=2]"]);
  });

  it("lets go after two seconds, says so, and does not wait again for the same thing", () => {
    const released: string[] = [];
    fixture.harness.registry.subscribe({
      forcedRelease: (_proxy, { resource, host: name, missing }) =>
        released.push(`${resource} ${name}: ${missing.map((item) => `${item.kind} ${item.name}`).join()}`),
    });
    const client = fixture.connected(["a"], table("t", [host("h", ["a"])]));
    fixture.plans.edit(proxyClass, [table("t", [host("h", ["missing"], "2")])]);
    fixture.harness.clock.advance(1_999);
    assert.deepEqual(summaries(client), []);
    fixture.harness.clock.advance(1);
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
    assert.deepEqual(released, ["t h: cluster missing"]);
    assert.equal(fixture.harness.registry.counters("route").forcedReleases, 1);
    fixture.plans.edit(proxyClass, [table("t", [host("h", ["missing"], "3")])]);
    assert.deepEqual(client.settle(), ["route t[h=3]"]);
    fixture.plans.edit(proxyClass, [cluster("missing"), endpoint("missing")]);
    client.subscribe("endpoint", "missing");
    client.settle();
    fixture.plans.edit(proxyClass, [cluster("missing", "2"), table("t", [host("h", ["missing"], "4")])]);
    assert.deepEqual(summaries(client), ["cluster missing=2", "endpoint missing=1"], "it is waited for again");
  });

  it("lets go where timers run early and looking at what waits takes time", () => {
    for (const lookingTakesMs of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      fixture = new DeltaFixture();
      const client = fixture.connected(["a"], table("t", [host("h", ["a"])]));
      fixture.harness.clock.earlyMs = 0.9;
      fixture.harness.clock.lookingTakesMs = lookingTakesMs;
      fixture.plans.edit(proxyClass, [table("t", [host("h", ["missing"], "2")])]);
      fixture.harness.clock.advance(2_100);
      assert.deepEqual(client.settle(), ["route t[h=2]"], `${lookingTakesMs} ms`);
    }
  });

  it("holds the first table of a client until all of it can be served", () => {
    fixture.plans.replace(proxyClass, [cluster("a"), endpoint("a"), table("t", [host("h1", []), host("h2", ["a"])])]);
    const client = fixture.client();
    client.subscribe("cluster", "*");
    client.subscribe("route", "t");
    const [clusters, ...more] = client.take();
    assert.deepEqual(more, []);
    client.ack(clusters);
    client.subscribe("endpoint", "a");
    assert.deepEqual(client.settle(), ["endpoint a=1", "route t[h1=1,h2=1]"]);
  });

  it("does not wait for clusters that the client asks for because of its routes", () => {
    fixture.plans.replace(proxyClass, [cluster("a"), table("t", [host("h", ["a"])])]);
    const client = fixture.client();
    client.subscribe("route", "t");
    assert.deepEqual(summaries(client), ["route t[h=1]"]);
  });

  it("holds a host for an extension even before the client asks for it, a listener only afterwards", () => {
    const requires = { extensions: ["x"] };
    fixture.plans.replace(proxyClass, [
      whole("extension", "x", { content: "1" }),
      whole("listener", "l", { content: "1", requires }),
      table("t", [virtualHost({ name: "h", content: "1", extensions: ["x"] })]),
    ]);
    const client = fixture.client();
    client.subscribe("listener", "*");
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["listener l=1"]);
    client.subscribe("extension", "x");
    assert.deepEqual(client.settle(), ["extension x=1", "route t[h=1]"]);
    fixture.plans.edit(proxyClass, [
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
    const client = fixture.connected(["a", "b"], table("t", [host("h", ["a"])]));
    fixture.plans.edit(
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
    fixture.harness.clock.advance(5_000);
    assert.deepEqual(summaries(client), [], "not before the acknowledgement");
    client.ack(routes);
    fixture.harness.clock.advance(999);
    assert.deepEqual(summaries(client), []);
    fixture.harness.clock.advance(1);
    const [clusters, ...others] = client.take();
    assert.deepEqual(clusters?.removed, ["a"]);
    assert.deepEqual(others, [], "endpoints stay as long as their cluster may");
  });

  it("stop for what comes back in time", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [], [{ type: "cluster", name: "a" }]);
    fixture.plans.edit(proxyClass, [cluster("a")]);
    fixture.harness.clock.advance(10_000);
    assert.deepEqual(summaries(client), []);
  });

  it("keep a listener until the one that replaces it may go out", () => {
    fixture.plans.replace(proxyClass, [whole("listener", "old", { content: "1" })]);
    const client = fixture.client();
    client.subscribe("cluster", "*");
    client.subscribe("listener", "*");
    client.settle();
    fixture.plans.edit(
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
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [endpoint("a", "2")]);
    const [second] = client.take();
    fixture.plans.edit(proxyClass, [endpoint("a", "3")]);
    fixture.plans.edit(proxyClass, [endpoint("a", "4")]);
    assert.deepEqual(summaries(client), []);
    client.ack(second);
    assert.deepEqual(summaries(client), ["endpoint a=4"]);
  });

  it("writes nothing while the connection takes nothing, and the latest when it does", () => {
    const client = fixture.connected(["a"], table("t", []));
    client.call.blocked = true;
    fixture.plans.edit(proxyClass, [endpoint("a", "2"), cluster("b")]);
    fixture.plans.edit(proxyClass, [endpoint("a", "3"), cluster("b", "2")]);
    assert.deepEqual(summaries(client), []);
    client.call.unblock();
    assert.deepEqual(summaries(client), ["cluster b=2", "endpoint a=3"]);
  });

  it("cuts large answers into several", () => {
    const content = "x".repeat(1_500);
    fixture.plans.replace(
      proxyClass,
      ["a", "b", "c", "d"].map((name) => whole("cluster", name, { content })),
    );
    const client = fixture.client();
    client.subscribe("cluster", "*");
    assert.deepEqual(
      client.settle().map((text) => text.match(/[a-d]=/g)?.join("")),
      ["a=b=c=", "d="],
    );
  });
});

/** An extension of named parts. */
function extension(...parts: readonly string[]): EncodedResource {
  const resource = whole("extension", "x", { content: parts.join("+") });
  return {
    ...resource,
    keeping: (former) => {
      const { content } = JSON.parse(Buffer.from(former.bytes).toString());
      const lacking = String(content)
        .split("+")
        .filter((part) => !parts.includes(part));
      if (lacking.length === 0) return undefined;
      return {
        ...whole("extension", "x", { content: [...parts, ...lacking].join("+") }),
        extendedFrom: resource.version,
      };
    },
  };
}

describe("extensions that routes name parts of", () => {
  const naming = (name: string, content = name) => virtualHost({ name: "h", content, extensions: ["x"] });

  it("lose a part after the routes that name it, and gain one before", () => {
    const client = fixture.connected([], table("t", []));
    fixture.plans.edit(proxyClass, [extension("a"), table("t", [naming("a")])]);
    client.subscribe("extension", "x");
    client.settle();

    fixture.plans.edit(proxyClass, [extension("b"), table("t", [naming("b")])]);
    const [first, ...early] = client.take();
    assert.deepEqual(early, [], "the route waits for its part");
    assert.deepEqual(first?.resources, ["x=b+a"]);
    client.ack(first);
    const [routes, ...shrunk] = client.take();
    assert.deepEqual(shrunk, [], "the former part stays until the route is taken");
    assert.deepEqual(routes?.resources, ["t[h=b]"]);
    client.ack(routes);
    assert.deepEqual(client.settle(), ["extension x=b"]);
  });
});

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { EncodedVirtualHost } from "../xds/resource.ts";
import type { ProxyRefusal } from "./registry.ts";
import { cluster, DeltaFixture, endpoint, host, proxyClass, summaries } from "./testing/delta-fixture.ts";
import { table } from "./testing/test-plans.ts";

let fixture: DeltaFixture;
beforeEach(() => {
  fixture = new DeltaFixture();
});

/** The host `h2`, which stand-ins with these contents replace one after the other. */
function withStandIns(content: string, contents: readonly string[]): EncodedVirtualHost {
  const refused = host("h2", [], content);
  return {
    ...refused,
    standIn: (_kept, attempt) => {
      const next = contents[attempt];
      return next === undefined ? undefined : { ...host("h2", [], next), standsFor: refused.version };
    },
  };
}

/** Takes every response but those with something bad in them; gives what each held. */
function takeUnlessBad(client: ReturnType<DeltaFixture["client"]>): readonly string[] {
  const sent: string[] = [];
  for (let [response] = client.take(); response !== undefined; [response] = client.take()) {
    sent.push(response.resources.join(" "));
    if (response.resources.some((text) => text.includes("bad")))
      client.nack(response, "a regular expression is invalid");
    else client.ack(response);
  }
  return sent;
}

describe("a refused response", () => {
  const refusals: ProxyRefusal[] = [];
  beforeEach(() => {
    refusals.length = 0;
    fixture.harness.registry.subscribe({ refused: (_proxy, refusal) => refusals.push(refusal) });
  });

  it("is not sent again until the content changes", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [endpoint("a", "bad")]);
    client.nack(client.take()[0], "no");
    const refused = [{ resource: "a", version: endpoint("a", "bad").version }];
    assert.deepEqual(refusals.at(-1)?.culprits, refused);
    const [proxy] = fixture.harness.registry.list();
    assert.equal(proxy?.synced(), false);
    assert.equal(proxy?.types().get("endpoint")?.lastError, "no");
    assert.deepEqual(proxy?.types().get("endpoint")?.refused, refused);
    fixture.harness.clock.advance(60_000);
    fixture.plans.edit(proxyClass, [table("t", [host("h", [])])]);
    assert.deepEqual(client.settle(), ["route t[h=1]"]);
    fixture.plans.edit(proxyClass, [endpoint("a", "good")]);
    assert.deepEqual(client.settle(), ["endpoint a=good"]);
    assert.equal(proxy?.synced(), true);
    assert.equal(proxy?.types().get("endpoint")?.lastError, undefined);
  });

  it("is answered with what the client took before, where it asks again", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [endpoint("a", "bad")]);
    client.nack(client.take()[0], "no");
    client.subscribe("endpoint", "a");
    assert.deepEqual(summaries(client), ["endpoint a=1"]);
  });

  it("costs one refusal where the client names what is wrong, as Envoy does for clusters and listeners", () => {
    fixture.plans.replace(
      proxyClass,
      ["a", "b", "b2", "c"].map((name) => cluster(name)),
    );
    const client = fixture.client();
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
    fixture.plans.replace(
      proxyClass,
      names.map((name) => endpoint(name)),
    );
    const client = fixture.client();
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
    assert.equal(fixture.harness.registry.list()[0]?.types().get("endpoint")?.acknowledged, 3);
    assert.ok(seen.length <= 7, seen.join(" "));
  });

  it("names one virtual host of a table, which keeps what it was while the others advance", () => {
    const client = fixture.connected([], table("t", [host("h1", []), host("h2", []), host("h3", [])]));
    fixture.plans.edit(proxyClass, [
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
    fixture.plans.edit(proxyClass, [
      table("t", [host("h1", [], "2"), host("h2", [], "3"), host("h3", [], "2"), host("h4", [], "2")]),
    ]);
    assert.deepEqual(client.settle(), ["route t[h1=2,h2=3,h3=2,h4=2]"]);
  });

  it("is replaced by stand-ins where what the client has would let too many pass, until one of them is taken", () => {
    const client = fixture.connected([], table("t", [host("h1", []), host("h2", [])]));
    const bad = withStandIns("bad", ["also-bad", "closed"]);
    const other = host("h1", [], "2");
    fixture.plans.edit(proxyClass, [table("t", [other, bad])]);
    const sent = takeUnlessBad(client);
    assert.deepEqual(sent.slice(-2), ["t[h1=2,h2=also-bad]", "t[h1=2,h2=closed]"]);
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["route t[h1=2,h2=closed]"]);
    const [proxy] = fixture.harness.registry.list();
    assert.deepEqual(proxy?.types().get("route")?.refused, [{ resource: "t", host: "h2", version: bad.version }]);
    fixture.plans.edit(proxyClass, [table("t", [other, host("h2", [], "3")])]);
    assert.deepEqual(client.settle(), ["route t[h1=2,h2=3]"]);
  });

  it("is kept closed when it changes and is refused again, and where the host is new", () => {
    const client = fixture.connected([], table("t", []));
    for (const content of ["bad", "bad-again"]) {
      fixture.plans.edit(proxyClass, [
        table("t", [withStandIns(content, [`${content === "bad" ? "closed" : "shut"}`])]),
      ]);
      takeUnlessBad(client);
    }
    client.subscribe("route", "t");
    assert.deepEqual(client.settle(), ["route t[h2=shut]"]);
  });

  it("tries last what the error mentions", () => {
    const client = fixture.connected([], table("t", []));
    fixture.plans.edit(proxyClass, [
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
    const client = fixture.connected([], table("t", [host("h", [])]));
    fixture.plans.edit(proxyClass, [table("t", [host("h", [], "2")], "bad")]);
    client.nack(client.take()[0], "no");
    client.nack(client.take()[0], "no");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map((unit) => unit.host),
      [""],
    );
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
  });

  it("parks a table whole where it is not known what the client had", () => {
    fixture.plans.replace(proxyClass, [table("t", [host("h1", []), host("h2", [])])]);
    const client = fixture.client();
    client.send("route", { resourceNamesSubscribe: ["t"], initialResourceVersions: { t: "older" } });
    client.nack(client.take()[0], "no");
    assert.deepEqual(
      refusals.at(-1)?.culprits.map(({ resource, host: name }) => [resource, name]),
      [["t", undefined]],
    );
    assert.deepEqual(summaries(client), []);
  });

  it("does not make a cluster unready of which the client has an earlier version", () => {
    const client = fixture.connected(["a"], table("t", [host("h", ["a"])]));
    fixture.plans.edit(proxyClass, [cluster("a", "bad"), table("t", [host("h", ["a"], "2")])]);
    const [clusters, endpoints] = client.take();
    client.ack(endpoints);
    client.nack(clusters, "Error adding/updating cluster(s) a: bad");
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
  });

  it("is sent again on demand, for refusals that have nothing to do with the content", () => {
    const client = fixture.connected([], table("t", [host("h", [])]));
    fixture.plans.edit(proxyClass, [table("t", [host("h", [], "2")])]);
    client.nack(client.take()[0], "the address is in use");
    assert.deepEqual(summaries(client), []);
    const [proxy] = fixture.harness.registry.list();
    proxy?.retryRefused("route", new Set(["other"]));
    assert.deepEqual(summaries(client), [], "what was not asked for again");
    proxy?.retryRefused("route", new Set(["t"]));
    assert.deepEqual(client.settle(), ["route t[h=2]"]);
    assert.equal(fixture.harness.registry.list()[0]?.synced(), true);
  });

  it("with a nonce of another response changes nothing", () => {
    const client = fixture.connected(["a"], table("t", []));
    fixture.plans.edit(proxyClass, [endpoint("a", "2")]);
    const [response] = client.take();
    client.send("endpoint", { responseNonce: "999", errorDetail: { code: 3, message: "no" } });
    assert.deepEqual(refusals, []);
    client.ack(response);
    client.ack(response);
    assert.equal(fixture.harness.registry.counters("endpoint").refused, 0);
    assert.equal(fixture.harness.registry.list()[0]?.synced(), true);
  });

  it("leaves a resource uncertain that stood beside the bad one: it is sent again", () => {
    fixture.plans.replace(proxyClass, [cluster("a"), cluster("b")]);
    const client = fixture.client();
    client.subscribe("cluster", "*");
    client.settle();
    fixture.plans.edit(proxyClass, [cluster("b", "bad")], [{ type: "cluster", name: "a" }]);
    // The removal follows a second later, with another change of b.
    client.nack(client.take()[0], "Error adding/updating cluster(s) b: bad");
    fixture.plans.edit(proxyClass, [cluster("b", "worse")]);
    client.call.blocked = true;
    client.nack(client.take()[0], "Error adding/updating cluster(s) b: worse");
    fixture.harness.clock.advance(1_000);
    fixture.plans.edit(proxyClass, [cluster("b", "worst")]);
    client.call.unblock();
    const [both] = client.take();
    assert.deepEqual(both?.removed, ["a"]);
    assert.deepEqual(both?.resources, ["b=worst"]);
    fixture.plans.edit(proxyClass, [cluster("a")]);
    client.nack(both, "Error adding/updating cluster(s) b: worst");
    assert.deepEqual(client.settle(), ["cluster a=1"], "the client may have removed it");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";
import { Reflector, type ReflectorProblem } from "./reflector.ts";
import { ApiUnderTest, type Fault, status } from "./testing/api-under-test.ts";
import { TestClock } from "./testing/test-clock.ts";
import { Until } from "./testing/until.ts";

const services = "/api/v1/services";
const isList = ({ query }: { query: URLSearchParams }): boolean => !query.has("watch");
const isWatch = ({ query }: { query: URLSearchParams }): boolean => query.has("watch");

function service(name: string, host = "one.example"): JsonObject {
  return { metadata: { namespace: "shop", name }, spec: { externalName: host } };
}

/** What somebody who follows a collection knows of it. */
class Follower extends Until {
  readonly hosts = new Map<string, string>();
  readonly told: string[] = [];
  readonly problems: (ReflectorProblem | undefined)[] = [];
  replacements = 0;

  follow(api: ApiUnderTest, clock: TestClock): Reflector<JsonObject> {
    const name = (object: JsonObject): string => textAt(object, "metadata", "name") ?? "";
    const set = (object: JsonObject): unknown => {
      assert.equal(textAt(object, "kind"), "Service", "items of lists are told what they are");
      return this.hosts.set(name(object), textAt(object, "spec", "externalName") ?? "");
    };
    return new Reflector<JsonObject>({
      client: api.client,
      path: services,
      clock,
      read: (object) => object,
      replaced: (items) => {
        this.replacements++;
        this.hosts.clear();
        for (const item of items) set(item);
        this.told.push(`replaced ${items.map(name).join(" ")}`.trim());
        this.check();
      },
      applied: (object) => {
        set(object);
        this.told.push(`applied ${name(object)}`);
        this.check();
      },
      deleted: (object) => {
        this.hosts.delete(name(object));
        this.told.push(`deleted ${name(object)}`);
        this.check();
      },
      trouble: (problem) => {
        this.problems.push(problem);
        this.check();
      },
    });
  }
}

interface Subject {
  readonly api: ApiUnderTest;
  readonly clock: TestClock;
  readonly follower: Follower;
  readonly reflector: Reflector<JsonObject>;
  /** Starts, and waits until the watch is open. */
  readonly start: () => Promise<void>;
}

async function following(test: (subject: Subject) => Promise<void>): Promise<void> {
  const api = await ApiUnderTest.listen();
  api.serve(services, "Service");
  const clock = new TestClock();
  const follower = new Follower();
  const reflector = follower.follow(api, clock);
  try {
    const start = async (): Promise<void> => {
      reflector.start();
      await api.until(() => api.openWatches(services).length === 1);
    };
    await test({ api, clock, follower, reflector, start });
  } finally {
    await reflector.stop();
    await api.close();
  }
}

describe("following a collection", () => {
  it("lists in pages, then watches from where the list stood", () =>
    following(async ({ api, follower, start }) => {
      api.pageSize = 2;
      for (const name of ["a", "b", "c", "d", "e"]) api.put(services, service(name));
      await start();
      assert.deepEqual(follower.told, ["replaced a b c d e"]);
      assert.deepEqual(
        api.lists(services).map(({ query }) => [query.get("limit"), query.has("continue")]),
        [
          ["500", false],
          ["500", true],
          ["500", true],
        ],
      );
      const [watch] = api.openWatches(services);
      assert.equal(watch?.query.get("resourceVersion"), api.version);
      assert.equal(watch?.query.get("allowWatchBookmarks"), "true");
    }));

  it("tells of what appears, changes and goes", () =>
    following(async ({ api, follower, start }) => {
      await start();
      api.put(services, service("web"));
      api.put(services, service("web", "two.example"));
      await follower.until(() => follower.hosts.get("web") === "two.example");
      api.remove(services, "shop", "web");
      await follower.until(() => follower.hosts.size === 0);
      assert.deepEqual(follower.told, ["replaced", "applied web", "applied web", "deleted web"]);
    }));

  it("begins the list anew, whole, when its continuation has become too old", () =>
    following(async ({ api, follower, start }) => {
      api.pageSize = 2;
      for (const name of ["a", "b", "c"]) api.put(services, service(name));
      api.failNext(({ query }) => query.has("continue"), status(410, "too old"));
      await start();
      assert.deepEqual(follower.told, ["replaced a b c"]);
      assert.equal(api.lists(services).at(-1)?.query.has("limit"), false);
    }));

  for (const how of ["end", "reset", "mid-line"] as const) {
    it(`takes the watch up where it was after: ${how}`, () =>
      following(async ({ api, follower, start }) => {
        await start();
        api.put(services, service("web"));
        await follower.until(() => follower.hosts.has("web"));
        const version = api.version;
        api.breakWatches(services, how);
        api.put(services, service("api"));
        await follower.until(() => follower.hosts.has("api"));
        assert.equal(api.lists(services).length, 1, "nothing is listed again");
        assert.equal(api.watches(services)[1]?.query.get("resourceVersion"), version);
        assert.deepEqual(follower.told, ["replaced", "applied web", "applied api"]);
      }));
  }

  it("takes it up from the last bookmark", () =>
    following(async ({ api, follower, start }) => {
      api.serve("/api/v1/pods", "Pod");
      await start();
      api.put("/api/v1/pods", service("noise"));
      api.put(services, service("web"));
      api.put("/api/v1/pods", service("noise"));
      api.bookmark();
      await follower.until(() => follower.hosts.has("web"));
      const version = api.version;
      api.breakWatches(services, "end");
      await api.until(() => api.watches(services).length === 2);
      assert.equal(api.watches(services)[1]?.query.get("resourceVersion"), version);
    }));

  it("lists again when the past is forgotten, and tells the whole truth then", () =>
    following(async ({ api, clock, follower, start }) => {
      api.put(services, service("old"));
      await start();
      api.put(services, service("web"));
      await follower.until(() => follower.hosts.has("web"));
      api.failNext(isWatch, "reset");
      api.breakWatches(services, "reset");
      await api.until(() => api.watches(services).length === 2);
      api.remove(services, "shop", "old");
      api.put(services, service("new"));
      api.compact();
      await follower.until(() => follower.replacements === 2);
      assert.deepEqual([...follower.hosts.keys()], ["web", "new"]);
      assert.equal(clock.pauses.length, 2, "a forgotten past is no failure to be waited out");
    }));

  it("understands 410 as an answer as well as an event", () =>
    following(async ({ api, follower, start }) => {
      await start();
      api.put(services, service("web"));
      await follower.until(() => follower.hosts.has("web"));
      api.failNext(isWatch, status(410, "too old"));
      api.breakWatches(services, "end");
      await follower.until(() => follower.replacements === 2);
      assert.equal(api.lists(services)[1]?.query.get("resourceVersion"), null, "and asks for what holds now");
    }));

  it("lists again after an error event, not going back behind what it has seen", () =>
    following(async ({ api, follower, start }) => {
      await start();
      api.put(services, service("web"));
      await follower.until(() => follower.hosts.has("web"));
      const version = api.version;
      api.write(services, '{"type":"ERROR","object":{"kind":"Status","code":500,"message":"lost my place"}}\n');
      await follower.until(() => follower.replacements === 2);
      const query = api.lists(services)[1]?.query;
      assert.equal(query?.get("resourceVersion"), version);
      assert.equal(query?.get("resourceVersionMatch"), "NotOlderThan");
      assert.equal(follower.problems[0]?.message, "lost my place (500)");
    }));

  it("asks for what holds now where this server is behind what another one said", () =>
    following(async ({ api, follower, start }) => {
      await start();
      api.write(services, '{"type":"ERROR","object":{"kind":"Status","code":500,"message":"lost my place"}}\n');
      api.failNext(isList, status(504, "Too large resource version"));
      await follower.until(() => follower.replacements === 2);
      assert.equal(api.lists(services).at(-1)?.query.has("resourceVersion"), false);
    }));

  it("puts lines together that come in pieces, inside a character even", () =>
    following(async ({ api, follower, start }) => {
      await start();
      const object = { kind: "Service", metadata: { name: "web" }, spec: { externalName: "grün.example" } };
      const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object })}\n`);
      const middle = line.indexOf("ü") + 1;
      api.write(services, line.subarray(0, middle), line.subarray(middle));
      await follower.until(() => follower.hosts.get("web") === "grün.example");
    }));

  it("waits longer after each failure, up to five seconds, and says once what is wrong", () =>
    following(async ({ api, clock, follower, start }) => {
      for (let attempt = 0; attempt < 9; attempt++) api.failNext(isList, status(500, "not today"));
      await start();
      assert.deepEqual(clock.pauses, [75, 150, 300, 600, 1200, 2400, 3750, 3750, 3750]);
      await follower.until(() => follower.problems.length === 2);
      assert.deepEqual(follower.problems, [{ message: "not today (500)", status: 500 }, undefined]);
    }));

  it("does not open a watch again and again that ends as soon as it begins", () =>
    following(async ({ api, clock, start }) => {
      await start();
      for (let times = 0; times < 3; times++) {
        const before = api.watches(services).length;
        api.breakWatches(services, "end");
        await api.until(() => api.watches(services).length > before && api.openWatches(services).length === 1);
      }
      assert.deepEqual(clock.pauses, [75, 150, 300]);
    }));

  it("does not list again and again where each watch is said to be too old", () =>
    following(async ({ api, clock, start }) => {
      for (let times = 0; times < 3; times++) api.failNext(isWatch, status(410, "too old"));
      await start();
      assert.deepEqual(clock.pauses, [75, 150, 300]);
    }));

  const wait = (retryAfter: number): Fault => ({ status: 429, body: "storage is (re)initializing", retryAfter });

  it("leaves the server alone for as long as it asks, and makes no trouble of it", () =>
    following(async ({ api, clock, follower, start }) => {
      api.failNext(isList, wait(7));
      await start();
      assert.deepEqual(clock.pauses, [7000]);
      assert.deepEqual(follower.problems, []);
    }));

  it("tells of a server that asks to wait again and again, until it answers", () =>
    following(async ({ api, clock, follower, start }) => {
      for (const seconds of [4, 5, 3, 1]) api.failNext(isList, wait(seconds));
      await start();
      await follower.until(() => follower.problems.length === 2);
      assert.deepEqual(clock.pauses, [4000, 5000, 3000, 1000]);
      assert.deepEqual(follower.problems, [{ message: "storage is (re)initializing (429)", status: 429 }, undefined]);

      api.put(services, service("web"));
      await follower.until(() => follower.hosts.has("web"));
      api.failNext(isWatch, wait(9));
      api.breakWatches(services, "end");
      await api.until(() => clock.pauses.includes(9000) && api.openWatches(services).length === 1);
      assert.equal(follower.problems.length, 2, "what was waited before the server answered does not count");
    }));

  it("goes on with a watch that was to wait where it stood", () =>
    following(async ({ api, follower, start }) => {
      await start();
      api.put(services, service("web"));
      await follower.until(() => follower.hosts.has("web"));
      api.failNext(isWatch, wait(1));
      api.breakWatches(services, "end");
      await api.until(() => api.watches(services).length === 3 && api.openWatches(services).length === 1);
      assert.equal(api.lists(services).length, 1);
      assert.equal(api.openWatches(services)[0]?.query.get("resourceVersion"), api.version);
    }));

  it("ends a watch that fell silent though the server sends bookmarks", () =>
    following(async ({ api, clock, follower, start }) => {
      await start();
      api.put(services, service("web"));
      api.bookmark();
      api.put(services, service("api"));
      await follower.until(() => follower.hosts.has("api"));
      clock.elapse(149_000);
      assert.equal(api.watches(services).length, 1);
      clock.elapse(1000);
      await api.until(() => api.watches(services).length === 2);
      assert.equal(follower.problems[0]?.message, "the watch fell silent");
    }));

  it("ends a watch that the server was to end long ago", () =>
    following(async ({ api, clock, follower, start }) => {
      await start();
      const seconds = Number(api.openWatches(services)[0]?.query.get("timeoutSeconds"));
      assert.ok(seconds >= 300 && seconds <= 600);
      clock.elapse(seconds * 1000 + 30_000);
      await api.until(() => api.watches(services).length === 2);
      assert.equal(follower.problems[0]?.message, "the server did not end the watch");
    }));

  it("says nothing after it was stopped, and leaves no connection behind", () =>
    following(async ({ api, follower, reflector, start }) => {
      await start();
      await reflector.stop();
      api.put(services, service("web"));
      await api.until(() => api.openWatches(services).length === 0);
      assert.deepEqual(follower.told, ["replaced"]);
    }));
});

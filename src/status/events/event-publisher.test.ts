import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Graph } from "../../incremental/graph.ts";
import type { KubernetesAnswer } from "../../kubernetes/client.ts";
import type { Clock } from "../../kubernetes/clock.ts";
import { ManualClock } from "../../kubernetes/testing/manual-clock.ts";
import { ObjectApi, type ObjectApiClient } from "../../kubernetes/testing/object-api.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { numberAt, textAt } from "../../model/json.ts";
import { type ObjectRef, objectKey } from "../../model/source-object.ts";
import { EventPublisher, SETTLE_MS } from "./event-publisher.ts";
import { defaultEventRates, TELL_AGAIN_MS } from "./event-recorder.ts";

function route(name: string): ObjectRef {
  return { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop", name, scope: "" };
}

function missing(object: ObjectRef, service: string): Diagnostic {
  const message = `Service ${service} does not exist`;
  return { code: "WR0201", severity: "error", object, path: [], message, hint: "Create it" };
}

const web = route("web");
const place = "/apis/events.k8s.io/v1/namespaces/shop/events";

/** Objects with diagnostics, one API server, and leaders one after the other; time passes only when a test says so. */
function rig() {
  const manual = new ManualClock();
  const view = manual.view(0);
  const clock: Clock = {
    now: () => view.now().getTime(),
    random: () => 0,
    after: (ms, run) => view.setTimer(run, ms),
  };
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const diagnostics = graph.input<readonly Diagnostic[]>("diagnostics");
  const more = graph.input<readonly Diagnostic[]>("more diagnostics");
  const status = graph.input<unknown>("status");
  const foreign = new Set<string>();
  const api = new ObjectApi();
  const problems: string[] = [];
  return {
    api,
    problems,
    diagnostics,
    more,
    advance: (ms: number) => manual.advance(ms),
    say: (object: ObjectRef, ...services: readonly string[]) =>
      graph.transaction(() => {
        const found = services.map((service) => missing(object, service));
        if (found.length === 0) diagnostics.delete(objectKey(object));
        else diagnostics.set(objectKey(object), found);
      }),
    edit: (change: () => void) => graph.transaction(change),
    /** Whether others serve the object; the status changes with it. */
    serve: (object: ObjectRef, whose: "ours" | "foreign") => {
      if (whose === "foreign") foreign.add(objectKey(object));
      else foreign.delete(objectKey(object));
      graph.transaction(() => status.set(objectKey(object), whose));
    },
    lead: (instance: string): { readonly client: ObjectApiClient; readonly resign: () => void } => {
      const client = api.client();
      const term = new AbortController();
      new EventPublisher({
        client,
        clock,
        reporter: { controller: "weir.dev/control-plane", instance },
        diagnostics: [diagnostics, more],
        alsoFollow: [status],
        subjectOf: (key) => {
          const [, , , name = ""] = key.split("/");
          const ref = route(name);
          return foreign.has(key) ? undefined : { ref, apiVersion: "gateway.networking.k8s.io/v1", uid: `uid ${name}` };
        },
        onProblem: (problem) => problems.push(problem),
      }).start(term.signal);
      return { client, resign: () => term.abort(new Error("another one leads")) };
    },
    /** What each Event says, and how often. */
    events: () =>
      [...api.objects.values()].map(
        (event) => `${textAt(event, "note") ?? ""} ×${numberAt(event, "series", "count") ?? 1}`,
      ),
    requests: () => api.requests.splice(0).map((line) => line.replace(/\.[0-9a-f]{16}$/, "")),
  };
}

describe("Events on objects", () => {
  it("tell what lasts, in one request", async () => {
    const { say, lead, advance, events, requests } = rig();
    lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS - 1);
    assert.deepEqual(requests(), []);
    await advance(1);
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×1"]);
    assert.deepEqual(requests(), [`POST ${place}`]);
  });

  it("tell nothing of what is missing only while things arrive", async () => {
    const { say, lead, advance, requests } = rig();
    lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS / 2);
    say(web);
    await advance(10 * SETTLE_MS);
    assert.deepEqual(requests(), []);
  });

  it("leave what was told alone when something else changes", async () => {
    const { say, lead, advance, requests } = rig();
    lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS);
    requests();
    say(web, "shop/cart", "shop/pay");
    await advance(SETTLE_MS);
    assert.deepEqual(requests(), [`POST ${place}`]);
  });

  it("put together what several collections say of one object", async () => {
    const { say, edit, more, lead, advance, events } = rig();
    lead("one");
    say(web, "shop/cart");
    edit(() => more.set(objectKey(web), [missing(web, "shop/pay")]));
    await advance(SETTLE_MS);
    assert.equal(events().length, 2);
  });

  it("count in a series how often something came back", async () => {
    const { say, lead, advance, events, requests } = rig();
    lead("one");
    for (let round = 0; round < 3; round++) {
      say(web, "shop/cart");
      await advance(SETTLE_MS);
      say(web);
      await advance(SETTLE_MS);
    }
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×3"]);
    assert.equal(requests().filter((line) => line.startsWith("POST")).length, 3);
  });

  it("are renewed while something lasts, before the server forgets them, and made anew if it has", async () => {
    const { say, lead, advance, api, events, requests } = rig();
    lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS);
    requests();
    await advance(TELL_AGAIN_MS);
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×2"]);
    assert.deepEqual(requests(), [`PATCH ${place}/web`]);
    api.objects.clear();
    await advance(TELL_AGAIN_MS);
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×1"]);
    say(web);
    await advance(SETTLE_MS);
    requests();
    await advance(3 * TELL_AGAIN_MS);
    assert.deepEqual(requests(), []);
  });

  it("are not written a second time by the next leader, which renews them when their time has come", async () => {
    const { say, lead, advance, events, requests } = rig();
    const first = lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS + TELL_AGAIN_MS);
    first.resign();
    requests();
    lead("two");
    await advance(TELL_AGAIN_MS - 1);
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×2"]);
    assert.deepEqual(requests(), [`POST ${place}`]);
    await advance(1);
    assert.deepEqual(events(), ["WR0201 Service shop/cart does not exist. Create it. ×3"]);
  });

  it("end with the term", async () => {
    const { say, lead, advance, requests } = rig();
    const leader = lead("one");
    say(web, "shop/cart");
    await advance(SETTLE_MS);
    requests();
    say(route("api"), "shop/cart");
    leader.resign();
    await advance(2 * TELL_AGAIN_MS);
    assert.deepEqual(requests(), []);
  });

  it("are for objects that Weir serves, from when it serves them", async () => {
    const { say, serve, lead, advance, events, requests } = rig();
    lead("one");
    serve(web, "foreign");
    say(web, "shop/cart");
    await advance(SETTLE_MS);
    assert.deepEqual(requests(), []);
    serve(web, "ours");
    await advance(SETTLE_MS);
    assert.equal(events().length, 1);
  });

  it("are at most a handful at once for one object, and leave room for those of others", async () => {
    const { say, lead, advance, events } = rig();
    lead("one");
    const services = Array.from({ length: 40 }, (_, index) => `shop/service-${index}`);
    say(web, ...services);
    say(route("api"), "shop/cart");
    await advance(SETTLE_MS);
    const { capacity, refillMs } = defaultEventRates.perObject;
    assert.equal(events().length, capacity + 1);
    await advance(TELL_AGAIN_MS);
    // What was not told is told when it is due again, as far as the rate allows.
    const filled = Math.floor(TELL_AGAIN_MS / refillMs);
    assert.ok(events().length <= capacity + 1 + filled);
  });

  it("wait when there are very many, and come all the same", async () => {
    const { say, lead, advance, events } = rig();
    lead("one");
    const routes = Array.from({ length: 120 }, (_, index) => route(`route-${index}`));
    for (const object of routes) say(object, "shop/cart");
    await advance(SETTLE_MS);
    const { capacity, refillMs } = defaultEventRates.total;
    assert.equal(events().length, capacity);
    await advance((routes.length - capacity) * refillMs);
    assert.equal(events().length, routes.length);
  });

  it("are tried again where the server is not well, and told of once", async () => {
    const { say, lead, advance, events, problems } = rig();
    const { client } = lead("one");
    client.network = "cut";
    say(web, "shop/cart");
    await advance(60_000);
    assert.deepEqual(problems, ["connection refused"]);
    client.network = "whole";
    await advance(60_000);
    assert.equal(events().length, 1);
  });

  it("are given up where they are not allowed, and without a word where the namespace goes", async () => {
    const { say, lead, advance, problems, requests } = rig();
    const { client } = lead("one");
    const forbid = (message: string): KubernetesAnswer => ({ status: 403, body: { kind: "Status", message } });
    client.refusal = forbid("unable to create new content in namespace shop because it is being terminated");
    say(web, "shop/cart");
    await advance(60_000);
    assert.deepEqual(problems, []);
    client.refusal = forbid('User "weir" cannot create resource "events"');
    say(web, "shop/cart", "shop/pay", "shop/stock");
    await advance(60_000);
    assert.deepEqual(problems, ['User "weir" cannot create resource "events"']);
    assert.deepEqual(requests(), []);
  });
});

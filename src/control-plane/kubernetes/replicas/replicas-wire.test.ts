import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { before, describe, it, type TestContext } from "node:test";
import type { TokenContent } from "../../../identity/testing/token-issuer.ts";
import { Until } from "../../../kubernetes/testing/until.ts";
import { deltaPath, TestCall } from "../../../serve/testing/http2-client.ts";
import { ManualClock } from "../../../serve/testing/manual-clock.ts";
import { stateOfProxies } from "./class-state.ts";
import { OtherProxies } from "./other-proxies.ts";
import { readNews, replicaPaths } from "./protocol.ts";
import { ReplicaLink } from "./replica-link.ts";
import { TellingReplica, TestInstallation } from "./testing/telling-replica.ts";

let installation: TestInstallation;
before(async () => {
  installation = await TestInstallation.create();
});

/** What one replica knows of another by following it. */
class Follower extends Until {
  readonly clock = new ManualClock();
  readonly changes: string[][] = [];
  readonly problems: (string | undefined)[] = [];
  readonly others = new OtherProxies((proxyClasses) => {
    this.changes.push([...proxyClasses]);
    this.check();
  });
  readonly link: ReplicaLink;

  constructor(t: TestContext, port: number) {
    super();
    this.link = new ReplicaLink({
      connect: () => installation.connect(port),
      token: () => installation.token(),
      news: (news) => {
        this.others.apply("weir-b", news);
        this.check();
      },
      lost: () => {
        this.others.drop("weir-b");
        this.check();
      },
      trouble: (problem) => {
        this.problems.push(problem);
        this.check();
      },
      clock: {
        now: () => this.clock.now(),
        random: () => 0.5,
        after: (ms, run) => {
          const cancel = this.clock.after(ms, run);
          this.check();
          return cancel;
        },
      },
    });
    t.after(() => this.link.stop());
    this.link.start();
  }

  /** What the proxies of `shop/edge` have acknowledged, in the order of connecting. */
  get acknowledged(): string[] {
    return [...this.others.of("shop/edge")].sort((a, b) => a.id - b.id).map((report) => report.acknowledged);
  }

  knows(acknowledged: readonly string[]): Promise<void> {
    return this.until(() => this.acknowledged.join() === acknowledged.join() && this.others.replicas.size > 0);
  }

  /** The link has given up for now; when it tries again is up to the clock. */
  waits(): Promise<void> {
    return this.until(
      () => this.problems.length > 0 && this.others.replicas.size === 0 && this.clock.next !== undefined,
    );
  }
}

async function replica(t: TestContext, port?: number): Promise<TellingReplica> {
  const started = await TellingReplica.start(installation, port);
  t.after(() => started.close());
  return started;
}

describe("replicas that follow each other", () => {
  it("know all proxies at once, and then what becomes of them", async (t) => {
    const told = await replica(t);
    told.generations.set("shop/edge", "one");
    const first = told.connect(1);
    told.settle(first);
    told.connect(2);
    told.connect(3, "shop/other");
    told.gather();
    const follower = new Follower(t, told.port);
    await follower.knows(["one", ""]);
    assert.equal([...follower.others.of("shop/other")].length, 1);

    told.generations.set("shop/edge", "two");
    told.settle(first);
    told.gather();
    await follower.knows(["two", ""]);
    told.server.proxies.disconnect(first);
    told.gather();
    await follower.knows([""]);
    assert.deepEqual(follower.problems, [undefined]);
  });

  it("are heard of also where no proxy is connected", async (t) => {
    const follower = new Follower(t, (await replica(t)).port);
    await follower.until(() => follower.others.replicas.has("weir-b"));
    assert.deepEqual(follower.changes, []);
  });

  it("count no proxy for a generation that its replica has not served", async (t) => {
    const stale = await replica(t);
    stale.generations.set("shop/edge", "one");
    const proxy = stale.connect(1);
    stale.settle(proxy);
    stale.gather();
    const leader = new Follower(t, stale.port);
    await leader.knows(["one"]);
    const state = () => stateOfProxies("two", [...leader.others.of("shop/edge")], () => true);
    assert.deepEqual(state(), { connected: 1, synced: 0, ready: 0 });
    stale.generations.set("shop/edge", "two");
    stale.gather();
    await leader.knows(["two"]);
    assert.deepEqual(state(), { connected: 1, synced: 1, ready: 1 });
    proxy.complaint = "no such filter";
    stale.server.proxies.refuse(proxy, {
      type: "listener",
      nonce: "1",
      revision: "r",
      resources: [],
      message: "no such filter",
      culprits: [],
    });
    stale.gather();
    await leader.until(() => state().refusal !== undefined);
    assert.equal(state().refusal, "no such filter");
  });

  it("forget what a replica told when it goes, and take it all anew when it is back", async (t) => {
    const told = await TellingReplica.start(installation);
    told.connect(1);
    told.gather();
    const follower = new Follower(t, told.port);
    await follower.knows([""]);
    await told.close();
    await follower.waits();
    assert.deepEqual(follower.acknowledged, []);
    assert.deepEqual(follower.problems, [undefined, "this replica is shutting down"]);

    const back = await replica(t, told.port);
    back.generations.set("shop/edge", "one");
    back.settle(back.connect(1));
    back.settle(back.connect(2));
    back.gather();
    follower.clock.advance(100);
    await follower.knows(["one", "one"]);
    assert.deepEqual(follower.problems, [undefined, "this replica is shutting down", undefined]);
  });

  it("notice one that says nothing any more", async (t) => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket));
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const address = mute.address();
    assert.ok(address !== null && typeof address === "object");
    const accepted = once(mute, "connection");
    const follower = new Follower(t, address.port);
    await accepted;
    follower.clock.advance(15_000);
    await follower.waits();
    assert.equal(follower.problems.length, 1);
  });

  it("ask each other", async (t) => {
    const asked = await replica(t);
    const follower = new Follower(t, asked.port);
    await assert.rejects(follower.link.ask({ kind: "proxies" }), /not connected/);
    await follower.until(() => follower.others.replicas.has("weir-b"));
    assert.deepEqual(await follower.link.ask({ kind: "proxies" }), [{ node: "n1" }]);
    assert.equal(await follower.link.ask({ kind: "config", node: "n1" }), null);
    assert.deepEqual(asked.asked, [{ kind: "proxies" }, { kind: "config", node: "n1" }]);
  });

  it("leave one of another release alone, and say so once", async (t) => {
    const told = await replica(t);
    told.connect(1);
    told.gather();
    let attempts = 0;
    const follower = new Follower(t, told.port);
    told.server.offer({
      path: replicaPaths.follow,
      start: (call) => {
        attempts++;
        call.end({ code: "unimplemented", message: "" });
        follower.check();
      },
    });
    await follower.waits();
    follower.clock.advance(10_000);
    await follower.until(() => attempts === 2);
    assert.deepEqual(follower.problems, ["it runs a release that tells nothing to this one"]);
    assert.deepEqual(follower.changes, []);
  });
});

describe("the stream between replicas", () => {
  async function open(t: TestContext, port: number, token: string | undefined, path: string = replicaPaths.follow) {
    const session = installation.connect(port);
    t.after(() => session.destroy());
    return new TestCall(session, path, token === undefined ? {} : { authorization: `Bearer ${token}` });
  }

  it("is open to replicas of this installation and nobody else", async (t) => {
    const { port } = await replica(t);
    const status = async (token: string | undefined, path?: string) => (await open(t, port, token, path)).status;
    const refused = async (more: Partial<TokenContent>) => status(await installation.token(more));
    for (const path of [replicaPaths.follow, replicaPaths.ask]) {
      assert.match(await status(undefined, path), /^16 no service-account token/);
    }
    const proxy = { namespace: "shop", serviceAccount: "weir-edge", pod: { name: "edge-1", uid: "u" } };
    assert.equal(
      await refused({ ...proxy, audience: "xds.weir.dev" }),
      "16 the token is not meant for replicas.weir.dev",
    );
    assert.equal(await refused(proxy), "7 service account shop/weir-edge is not that of replicas");
    assert.match(await refused({ serviceAccount: "default" }), /^7 service account weir-system\/default/);
    assert.match(await refused({ namespace: "elsewhere" }), /^7 service account elsewhere\/weir/);
    assert.equal(
      await refused({ pod: { name: "weir-z", uid: "uid-z" } }),
      "16 pod weir-system/weir-z is not known here (yet)",
    );
    assert.match(await refused({ pod: { name: "weir-a", uid: "uid-before" } }), /^16 .* is another one/);
    assert.match(await refused({ issuedAt: new Date(installation.startedAt.getTime() - 7_200_000) }), /^16 .* expired/);
  });

  it("is all that a replica's token opens", async (t) => {
    const { port } = await replica(t);
    const call = await open(t, port, await installation.token(), deltaPath);
    assert.equal(await call.status, "16 the token is not meant for xds.weir.dev");
  });

  it("tells of many proxies in few messages, and of a proxy in its latest state to one that reads late", async (t) => {
    const told = await replica(t);
    const proxies = Array.from({ length: 1200 }, (_, index) => told.connect(index));
    told.gather();
    const call = await open(t, told.port, await installation.token());
    const sizes: (number | undefined)[] = [];
    for (let message = 0; message < 3; message++) sizes.push(readNews(await call.next())?.changed.length);
    assert.deepEqual(sizes, [500, 500, 200]);

    call.stream.pause();
    const [first] = proxies;
    assert.ok(first !== undefined);
    for (let generation = 1; generation <= 200; generation++) {
      told.generations.set("shop/edge", `generation ${generation}`);
      for (const proxy of proxies) told.settle(proxy);
      told.gather();
    }
    call.stream.resume();
    let heard = 0;
    let latest: string | undefined;
    while (latest !== "generation 200") {
      const news = readNews(await call.next());
      assert.ok(news !== undefined);
      heard += news.changed.length;
      latest = news.changed.at(-1)?.acknowledged;
    }
    assert.ok(heard < 1200 * 200 * 0.5, `${heard} reports were sent`);
  });
});

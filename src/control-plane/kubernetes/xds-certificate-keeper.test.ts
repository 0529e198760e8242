import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type XdsCertificates, xdsServerNames } from "../../identity/xds-certificates.ts";
import { readXdsSecret } from "../../identity/xds-secret.ts";
import { ManualClock } from "../../kubernetes/testing/manual-clock.ts";
import { ObjectApi } from "../../kubernetes/testing/object-api.ts";
import { TestLeadership } from "../../kubernetes/testing/test-leadership.ts";
import { XdsCertificateKeeper } from "./xds-certificate-keeper.ts";

const path = "/api/v1/namespaces/weir-system/secrets/weir-xds";
const dayMs = 86_400_000;

/** A cluster in which replicas keep certificates, with time that passes only when a test says so. */
function rig() {
  const api = new ObjectApi();
  const time = new ManualClock();
  const clock = time.view(0);
  let passedMs = 0;
  const replica = () => {
    const client = api.client();
    const leadership = new TestLeadership();
    const problems: string[] = [];
    const renewed: XdsCertificates[] = [];
    const keeper = new XdsCertificateKeeper({
      client,
      leadership,
      namespace: "weir-system",
      name: "weir-xds",
      serverNames: xdsServerNames("weir", "weir-system"),
      now: () => new Date(clock.now().getTime() + passedMs),
      setTimer: clock.setTimer,
      onProblem: (message) => problems.push(message),
    });
    keeper.onRenewed((certificates) => renewed.push(certificates));
    return { client, leadership, problems, renewed, keeper };
  };
  const stored = () => readXdsSecret(api.objects.get(path))?.server.certificate;
  const writes = () => api.requests.filter((line) => !line.startsWith("GET "));
  /** Lets time pass until `holds`: making keys takes a time of its own. */
  const until = async (holds: () => boolean) => {
    for (let round = 0; !holds(); round++) {
      assert.ok(round < 100_000, "it does not happen");
      await time.advance(500);
    }
  };
  /** The date is a later one, without anything having happened in between. */
  const pass = (ms: number) => {
    passedMs += ms;
  };
  return { api, time, replica, stored, writes, until, pass };
}

/** Asks what a promise has given by now. */
function watched<T>(promise: Promise<T>): () => T | undefined {
  let given: T | undefined;
  void promise.then((value) => {
    given = value;
  });
  return () => given;
}

describe("the certificates of the xDS port", () => {
  test("are made by the leader; the others wait for them and serve the same", async () => {
    const { time, replica, stored, writes } = rig();
    const [leader, other] = [replica(), replica()];
    const waiting = watched(other.keeper.open());
    await time.advance(10_000);
    assert.equal(waiting(), undefined);
    leader.leadership.gain();
    const made = await leader.keeper.open();
    await time.advance(500);
    assert.equal(made.server.certificate, stored());
    assert.equal(waiting()?.server.certificate, stored());
    assert.deepEqual(writes(), ["POST /api/v1/namespaces/weir-system/secrets"]);
  });

  test("that a former leader made are taken over", async () => {
    const { replica, writes } = rig();
    const first = replica();
    first.leadership.gain();
    const made = await first.keeper.open();
    const next = replica();
    next.leadership.gain();
    assert.equal((await next.keeper.open()).server.certificate, made.server.certificate);
    assert.equal(writes().length, 1);
  });

  test("are renewed in time by the leader, and every replica hears of it once", async () => {
    const { time, replica, stored, until, pass } = rig();
    const [leader, other] = [replica(), replica()];
    leader.leadership.gain();
    const first = await leader.keeper.open();
    await other.keeper.open();
    pass(21 * dayMs);
    await until(() => leader.renewed.length > 0);
    assert.notEqual(stored(), first.server.certificate);
    await time.advance(180_000);
    for (const { renewed } of [leader, other]) {
      assert.deepEqual(
        renewed.map(({ server }) => server.certificate),
        [stored()],
      );
    }
  });

  test("are those of the Secret, whoever wrote it first", async () => {
    const { api, replica, stored, writes, until } = rig();
    const [fast, slow] = [replica(), replica()];
    fast.leadership.gain();
    slow.leadership.gain();
    // Both find nothing; the other one's write arrives before ours.
    let isFirst = true;
    slow.client.before = async ({ method }) => {
      if (method !== "POST" || !isFirst) return;
      isFirst = false;
      await fast.keeper.open();
    };
    const opened = watched(slow.keeper.open());
    await until(() => opened() !== undefined);
    assert.equal(opened()?.server.certificate, stored());
    assert.equal(writes().length, 2);
    assert.equal(api.objects.size, 1);
    assert.deepEqual(slow.problems, []);
  });

  test("stay in use while the API server is away, which is told once", async () => {
    const { time, replica } = rig();
    const { client, keeper, leadership, problems, renewed } = replica();
    leadership.gain();
    await keeper.open();
    client.network = "cut";
    await time.advance(180_000);
    assert.deepEqual(problems, ["connection refused"]);
    assert.deepEqual(renewed, []);
    client.network = "whole";
    await time.advance(60_000);
    client.network = "cut";
    await time.advance(60_000);
    assert.deepEqual(problems, ["connection refused", "connection refused"]);
  });

  test("are made anew where the Secret is damaged", async () => {
    const { api, replica, stored } = rig();
    api.put(path, { metadata: { name: "weir-xds" }, data: { "tls.crt": "bm90IGEgY2VydGlmaWNhdGU=" } });
    const { keeper, leadership } = replica();
    leadership.gain();
    assert.equal((await keeper.open()).server.certificate, stored());
  });

  test("what the API server refuses is told, without what the Secret holds", async () => {
    const { time, replica, until } = rig();
    const { client, keeper, leadership, problems } = replica();
    leadership.gain();
    client.refusal = { status: 403, body: { kind: "Status", message: "secrets is forbidden" } };
    const opened = watched(keeper.open());
    await time.advance(1_000);
    assert.equal(opened(), undefined);
    assert.deepEqual(problems, ["reading the Secret with the certificates of the xDS port was answered 403"]);
    client.refusal = undefined;
    await until(() => opened() !== undefined);
  });

  test("are not waited for after the end", async () => {
    const { time, replica } = rig();
    const { keeper } = replica();
    const opened = keeper.open();
    const refused = assert.rejects(opened, /stopped before there were certificates/);
    keeper.close();
    await time.advance(500);
    await refused;
  });
});

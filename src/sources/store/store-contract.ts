import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, ObjectRef } from "../../model/source-object.ts";
import type { Cursor, Expectation, ListOutcome, Store, StoreEvent, WatchListener } from "./store.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** The same content through a store that was opened later: what a restart, or another process, sees. */
  readonly another: () => Promise<Store>;
  /** Makes what another instance wrote visible to the watchers of this one. */
  readonly refresh: (store: Store) => Promise<void>;
  readonly advanceClock: (milliseconds: number) => void;
}

export interface StoreUnderTestOptions {
  /** How many events the store has to remember; it may remember some more. */
  readonly keepEvents: number;
}

/** Runs a test on a fresh store and removes it afterwards. */
export type WithStore = (
  options: StoreUnderTestOptions,
  test: (subject: StoreUnderTest) => Promise<void>,
) => Promise<void>;

const anything: Expectation = { kind: "anything" };
const absent: Expectation = { kind: "absent" };
const ingresses = { group: "networking.k8s.io", kind: "Ingress" };
const secrets = { group: "", kind: "Secret" };

/** What every driver of the store port has to do. */
export function storeContract(driver: string, withStore: WithStore): void {
  const test = (name: string, body: (subject: StoreUnderTest) => Promise<void>, keepEvents = 1000): void => {
    it(name, () => withStore({ keepEvents }, body));
  };

  describe(`store contract: ${driver}`, () => {
    test("gives back what was put", async ({ store }) => {
      assert.equal(await store.get(ingress("web")), undefined);
      const revision = await put(store, ingress("web"), { text: "äöü 🛒", list: [1, null, true, { deep: 1.5 }] });
      assert.deepEqual(await store.get(ingress("web")), {
        ref: ingress("web"),
        body: { text: "äöü 🛒", list: [1, null, true, { deep: 1.5 }] },
        revision,
      });
    });

    test("tells group, kind, namespace, name and scope apart", async ({ store }) => {
      const refs: ObjectRef[] = [
        ingress("web"),
        { ...ingress("web"), group: "extensions" },
        { ...ingress("web"), kind: "IngressClass" },
        ingress("web", "other"),
        ingress("api"),
        { ...ingress("web"), scope: "mesh-1" },
      ];
      for (const [index, ref] of refs.entries()) await put(store, ref, { index });
      for (const [index, ref] of refs.entries()) assert.deepEqual((await store.get(ref))?.body, { index });
      assert.equal((await store.listAll()).objects.length, refs.length);
    });

    test("gives every write a revision of its own", async ({ store }) => {
      const first = await put(store, ingress("web"), { n: 1 });
      const second = await put(store, ingress("web"), { n: 1 });
      assert.notEqual(first, second);
      assert.equal((await store.get(ingress("web")))?.revision, second);
    });

    test("creates only where nothing is", async ({ store }) => {
      const revision = await put(store, ingress("web"), { n: 1 }, absent);
      const outcome = await store.put(ingress("web"), { n: 2 }, { expect: absent });
      assert.deepEqual(outcome, { kind: "conflict", current: { ref: ingress("web"), body: { n: 1 }, revision } });
      assert.deepEqual((await store.get(ingress("web")))?.body, { n: 1 });
    });

    test("replaces only the revision that was expected", async ({ store }) => {
      const old = await put(store, ingress("web"), { n: 1 });
      const current = await put(store, ingress("web"), { n: 2 }, { kind: "revision", revision: old });
      const late = await store.put(ingress("web"), { n: 3 }, { expect: { kind: "revision", revision: old } });
      assert.equal(late.kind, "conflict");
      assert.equal(late.kind === "conflict" && late.current?.revision, current);
      const gone = await store.put(ingress("api"), {}, { expect: { kind: "revision", revision: current } });
      assert.deepEqual(gone, { kind: "conflict", current: undefined });
      assert.deepEqual(await store.put(ingress("api"), {}, { expect: { kind: "present" } }), gone);
    });

    test("lets exactly one of several writers with the same expectation win", async ({ store, another }) => {
      const revision = await put(store, ingress("web"), { n: 0 });
      const stores = [store, await another(), store, await another()];
      const outcomes = await Promise.all(
        stores.map((each, n) => each.put(ingress("web"), { n }, { expect: { kind: "revision", revision } })),
      );
      assert.equal(outcomes.filter(({ kind }) => kind === "stored").length, 1);
      assert.equal(outcomes.filter(({ kind }) => kind === "conflict").length, 3);
    });

    test("deletes, conditionally too, and says what was there", async ({ store }) => {
      const revision = await put(store, ingress("web"), { n: 1 });
      const wrong = await store.delete(ingress("web"), { expect: { kind: "revision", revision: `${revision}0` } });
      assert.equal(wrong.kind, "conflict");
      const deleted = await store.delete(ingress("web"), { expect: { kind: "revision", revision } });
      assert.equal(deleted.kind, "deleted");
      assert.deepEqual(deleted.kind === "deleted" && deleted.object.body, { n: 1 });
      assert.equal(await store.get(ingress("web")), undefined);
      assert.deepEqual(await store.delete(ingress("web"), { expect: anything }), { kind: "absent" });
    });

    test("lists one kind in order, all of it or one namespace", async ({ store }) => {
      for (const [name, namespace] of [
        ["b", "two"],
        ["b", "one"],
        ["a", "two"],
        ["C", "one"],
      ] as const) {
        await put(store, ingress(name, namespace), {});
      }
      await put(store, { ...secrets, namespace: "one", name: "a", scope: "" }, {});
      assert.deepEqual(names(await store.list({ kind: ingresses })), ["one/C", "one/b", "two/a", "two/b"]);
      assert.deepEqual(names(await store.list({ kind: ingresses, namespace: "two" })), ["two/a", "two/b"]);
      assert.deepEqual(names(await store.list({ kind: { group: "", kind: "Nothing" } })), []);
    });

    test("pages through a list as it was when the first page was read", async ({ store }) => {
      for (const name of ["a", "b", "c", "d", "e"]) await put(store, ingress(name), { version: 1 });
      const first = await listed(store.list({ kind: ingresses, limit: 2 }));
      await put(store, ingress("c"), { version: 2 });
      await put(store, ingress("c"), { version: 3 });
      await put(store, ingress("ca"), { version: 1 });
      await store.delete(ingress("d"), { expect: anything });
      await put(store, ingress("d"), { version: 9 });
      await store.delete(ingress("e"), { expect: anything });
      await store.delete(ingress("a"), { expect: anything });

      const seen = [...first.objects];
      for (let page = first; page.next !== undefined; ) {
        page = await listed(store.list({ kind: ingresses, limit: 2, at: first.cursor, after: page.next }));
        assert.equal(page.cursor, first.cursor);
        seen.push(...page.objects);
      }
      assert.deepEqual(
        seen.map(({ ref, body }) => [ref.name, body.version]),
        [
          ["a", 1],
          ["b", 1],
          ["c", 1],
          ["d", 1],
          ["e", 1],
        ],
      );
      assert.deepEqual(names(await store.list({ kind: ingresses })), ["shop/b", "shop/c", "shop/ca", "shop/d"]);
    });

    test("calls watchers with before and after, before the write is acknowledged", async ({ store }) => {
      const { events, listener } = recorder();
      await watching(store, { kind: ingresses, after: (await store.listAll()).cursor }, listener);
      const first = await put(store, ingress("web"), { n: 1 });
      assert.equal(events.length, 1);
      const second = await put(store, ingress("web"), { n: 2 });
      await put(store, { ...secrets, namespace: "shop", name: "web", scope: "" }, {});
      const deleted = await store.delete(ingress("web"), { expect: anything });
      const object = (n: number, revision: Cursor) => ({ ref: ingress("web"), body: { n }, revision });
      assert.deepEqual(events, [
        { cursor: first, ref: ingress("web"), object: object(1, first), previous: undefined },
        { cursor: second, ref: ingress("web"), object: object(2, second), previous: object(1, first) },
        {
          cursor: deleted.kind === "deleted" && deleted.cursor,
          ref: ingress("web"),
          object: undefined,
          previous: object(2, second),
        },
      ]);
    });

    test("replays to a watcher what happened after its cursor, then goes on", async ({ store, another }) => {
      await put(store, ingress("a"), { n: 1 });
      const { cursor } = await listed(store.list({ kind: ingresses }));
      await put(store, ingress("b"), { n: 2 });
      await store.delete(ingress("a"), { expect: anything });
      for (const each of [store, await another()]) {
        const { events, listener } = recorder();
        const stop = await watching(each, { kind: ingresses, after: cursor }, listener);
        await put(each, ingress("c"), { n: 3 });
        stop();
        await put(each, ingress("d"), { n: 4 });
        assert.deepEqual(events.map(({ ref, object }) => [ref.name, object?.body.n]).slice(0, 2), [
          ["b", 2],
          ["a", undefined],
        ]);
        assert.deepEqual(events.at(-1)?.object?.body, { n: 3 });
      }
    });

    test("delivers in order although a listener writes", async ({ store }) => {
      const late = recorder();
      let isWriting = false;
      await watching(
        store,
        { after: (await store.listAll()).cursor },
        {
          expired: () => assert.fail("expired"),
          event: ({ ref }) => {
            assert.equal(isWriting, false, "calls must not overlap");
            isWriting = true;
            if (ref.name === "first") void put(store, ingress("second"), {});
            isWriting = false;
          },
        },
      );
      await watching(store, { after: (await store.listAll()).cursor }, late.listener);
      await put(store, ingress("first"), {});
      assert.deepEqual(
        late.events.map(({ ref }) => ref.name),
        ["first", "second"],
      );
    });

    test("shows a watcher what another instance writes, in order with its own", async ({ store, another, refresh }) => {
      const { events, listener } = recorder();
      await watching(store, { kind: ingresses, after: (await store.listAll()).cursor }, listener);
      const second = await another();
      await put(second, ingress("a"), {});
      await put(store, ingress("b"), {});
      await put(second, ingress("c"), {});
      await refresh(store);
      await refresh(store);
      assert.deepEqual(
        events.map(({ ref }) => ref.name),
        ["a", "b", "c"],
      );
    });

    test("forgets old events and says so", async ({ store }) => {
      const { cursor } = await store.listAll();
      for (let n = 0; n < 200; n++) await put(store, ingress("web"), { n });
      const { listener } = recorder();
      assert.deepEqual(await store.watch({ kind: ingresses, after: cursor }, listener), { kind: "expired" });
      assert.deepEqual(await store.list({ kind: ingresses, at: cursor }), { kind: "expired" });
      assert.deepEqual(names(await store.list({ kind: ingresses })), ["shop/web"]);
      const recent = await store.listAll();
      await put(store, ingress("web"), { n: 200 });
      await watching(store, { kind: ingresses, after: recent.cursor }, listener);
    }, 10);

    test("ends a watch that cannot be continued", async ({ store, another, refresh }) => {
      let expired = 0;
      const listener: WatchListener = { event: () => {}, expired: () => void expired++ };
      await watching(store, { after: (await store.listAll()).cursor }, listener);
      const second = await another();
      for (let n = 0; n < 200; n++) await put(second, ingress("web"), { n });
      await refresh(store);
      assert.equal(expired, 1);
    }, 10);

    test("knows its own cursors only", async ({ store }) => {
      await put(store, ingress("web"), {});
      const { listener } = recorder();
      for (const after of ["", "-1", "x", "999999", "1.5", "99999999999999999999"]) {
        assert.deepEqual(await store.watch({ after }, listener), { kind: "expired" }, after);
      }
    });

    test("a lease has one holder, and a token that tells its terms apart", async ({ store, another, advanceClock }) => {
      const second = await another();
      const held = await store.acquireLease("leader", "a", 1000);
      const { expiresAt } = held;
      assert.deepEqual(await second.acquireLease("leader", "b", 1000), { kind: "taken", holder: "a", expiresAt });
      advanceClock(600);
      const renewed = await store.acquireLease("leader", "a", 1000);
      assert.equal(token(renewed), token(held));
      advanceClock(999);
      assert.equal((await second.acquireLease("leader", "b", 1000)).kind, "taken");
      advanceClock(1);
      const next = await second.acquireLease("leader", "b", 1000);
      assert.ok(token(next) > token(held));
      await second.releaseLease("leader", "a");
      assert.equal((await store.acquireLease("leader", "a", 1000)).kind, "taken");
      await second.releaseLease("leader", "b");
      assert.ok(token(await store.acquireLease("leader", "a", 1000)) > token(next));
    });

    test("a former holder of a lease cannot write any more", async ({ store, another, advanceClock }) => {
      const first = { lease: "leader", token: token(await store.acquireLease("leader", "a", 1000)) };
      assert.equal((await store.put(ingress("web"), { by: "a" }, { expect: anything, fence: first })).kind, "stored");
      advanceClock(2000);
      const second = await another();
      const next = { lease: "leader", token: token(await second.acquireLease("leader", "b", 1000)) };
      assert.equal(
        (await store.put(ingress("web"), { by: "a again" }, { expect: anything, fence: first })).kind,
        "fenced",
      );
      assert.equal((await store.delete(ingress("web"), { expect: anything, fence: first })).kind, "fenced");
      assert.deepEqual((await store.get(ingress("web")))?.body, { by: "a" });
      assert.equal((await second.put(ingress("web"), { by: "b" }, { expect: anything, fence: next })).kind, "stored");
    });

    test("answers with an error once it is closed", async ({ store }) => {
      await store.close();
      await assert.rejects(store.get(ingress("web")), { name: "StoreError", kind: "closed" });
      await store.close();
    });
  });
}

function ingress(name: string, namespace = "shop"): ObjectRef {
  return { ...ingresses, namespace, name, scope: "" };
}

async function put(store: Store, ref: ObjectRef, body: JsonObject, expect = anything): Promise<Cursor> {
  const outcome = await store.put(ref, body, { expect });
  assert.equal(outcome.kind, "stored");
  return outcome.kind === "stored" ? outcome.object.revision : "";
}

async function listed(outcome: Promise<ListOutcome>) {
  const page = await outcome;
  if (page.kind === "expired") assert.fail("expired");
  return page;
}

function names(outcome: ListOutcome): string[] {
  return outcome.kind === "expired" ? ["expired"] : outcome.objects.map(({ ref }) => `${ref.namespace}/${ref.name}`);
}

function recorder(): { events: StoreEvent[]; listener: WatchListener } {
  const events: StoreEvent[] = [];
  return { events, listener: { event: (event) => void events.push(event), expired: () => assert.fail("expired") } };
}

async function watching(store: Store, query: Parameters<Store["watch"]>[0], listener: WatchListener) {
  const outcome = await store.watch(query, listener);
  if (outcome.kind !== "watching") assert.fail("expired");
  return outcome.stop;
}

function token(outcome: Awaited<ReturnType<Store["acquireLease"]>>): number {
  if (outcome.kind !== "held") assert.fail(`the lease is taken by ${outcome.holder}`);
  return outcome.token;
}

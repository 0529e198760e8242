import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { textAt, valueAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { createMetrics } from "../metrics.ts";
import { type ApiFixture, type Watcher, withApi } from "../testing/api-fixture.ts";

const configMaps = "/api/v1/namespaces/shop/configmaps";
const merge = { "content-type": "application/merge-patch+json" };

async function create({ send }: ApiFixture, name: string, labels: JsonObject = {}): Promise<string> {
  const { code, body } = await send("POST", configMaps, { metadata: { name, labels } });
  assert.equal(code, 201, JSON.stringify(body));
  return versionOf(body);
}

function versionOf(object: JsonObject): string {
  return textAt(object, "metadata", "resourceVersion") ?? "";
}

async function listVersion({ send }: ApiFixture): Promise<string> {
  return versionOf((await send("GET", configMaps)).body);
}

async function seen(watcher: Watcher, count: number): Promise<string[]> {
  const events: string[] = [];
  for (let n = 0; n < count; n++) {
    const { type, object } = await watcher.next();
    events.push(`${type} ${textAt(object, "metadata", "name") ?? textAt(object, "reason") ?? ""}`.trim());
  }
  return events;
}

describe("watch", () => {
  it("misses nothing between a list and what follows, and can be taken up again at any event", () =>
    withApi({}, async (api) => {
      await create(api, "a");
      const version = await listVersion(api);
      await create(api, "b");
      const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${version}`);
      await create(api, "c");
      const b = await watch.next();
      assert.equal(textAt(b.object, "metadata", "name"), "b");
      await api.send("PATCH", `${configMaps}/b`, { data: { k: "v" } }, merge);
      await api.send("DELETE", `${configMaps}/a`);
      assert.deepEqual(await seen(watch, 3), ["ADDED c", "MODIFIED b", "DELETED a"]);
      await watch.stop();
      const again = await api.watch(`${configMaps}?watch=true&resourceVersion=${versionOf(b.object)}`);
      assert.deepEqual(await seen(again, 3), ["ADDED c", "MODIFIED b", "DELETED a"]);
      await again.stop();
    }));

  it("tells a deletion with the last state and a version of its own", () =>
    withApi({}, async (api) => {
      const created = await create(api, "a", { tier: "edge" });
      const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${created}`);
      await api.send("DELETE", `${configMaps}/a`);
      const { type, object } = await watch.next();
      assert.equal(type, "DELETED");
      assert.equal(textAt(object, "metadata", "labels", "tier"), "edge");
      assert.ok(BigInt(versionOf(object)) > BigInt(created));
      await watch.stop();
    }));

  it("begins with what is there when no version is given", () =>
    withApi({}, async (api) => {
      await create(api, "a");
      for (const version of ["", "&resourceVersion=0"]) {
        const watch = await api.watch(`${configMaps}?watch=1${version}`);
        assert.deepEqual(await seen(watch, 1), ["ADDED a"]);
        await watch.stop();
      }
    }));

  it("keeps to namespace and selectors, and tells when an object comes into them or leaves", () =>
    withApi({}, async (api) => {
      const version = await listVersion(api);
      const query = `watch=true&resourceVersion=${version}`;
      const byLabel = await api.watch(`/api/v1/configmaps?${query}&labelSelector=tier%3Dedge`);
      const byName = await api.watch(`${configMaps}?${query}&fieldSelector=metadata.name%3Db`);
      const elsewhere = await api.watch(`/api/v1/namespaces/other/configmaps?${query}`);
      await create(api, "a", { tier: "edge" });
      await create(api, "b");
      await api.send("PATCH", `${configMaps}/b`, { metadata: { labels: { tier: "edge" } } }, merge);
      await api.send("PATCH", `${configMaps}/a`, { metadata: { labels: { tier: null } } }, merge);
      await api.send("POST", "/api/v1/namespaces/other/configmaps", { metadata: { name: "end" } });
      assert.deepEqual(await seen(byLabel, 3), ["ADDED a", "ADDED b", "DELETED a"]);
      assert.deepEqual(await seen(byName, 2), ["ADDED b", "MODIFIED b"]);
      assert.deepEqual(await seen(elsewhere, 1), ["ADDED end"]);
      for (const watch of [byLabel, byName, elsewhere]) await watch.stop();
    }));

  it("says 410 for a version that is forgotten, or none of this server's", () =>
    withApi({ keepEvents: 10 }, async (api) => {
      const version = await create(api, "a");
      for (let n = 0; n < 150; n++) await api.send("PATCH", `${configMaps}/a`, { data: { n: String(n) } }, merge);
      for (const old of [version, "5", "99999999999999999999", "x"]) {
        const watch = await api.watch(`${configMaps}?watch=true&resourceVersion=${old}`);
        const { type, object } = await watch.next();
        assert.deepEqual([type, object.reason, object.code], ["ERROR", "Expired", 410], old);
        assert.equal((await watch.next()).type, "END");
      }
    }));

  it("sends bookmarks to those who want them, from which they can go on", () =>
    withApi({ bookmarkEveryMs: 20 }, async (api) => {
      const version = await listVersion(api);
      const watch = await api.watch(`${configMaps}?watch=true&allowWatchBookmarks=true&resourceVersion=${version}`);
      await api.send("POST", "/api/v1/namespaces/shop/secrets", { metadata: { name: "s" } });
      let bookmark = await watch.next();
      while (versionOf(bookmark.object) === version) bookmark = await watch.next();
      assert.equal(bookmark.type, "BOOKMARK");
      assert.deepEqual(Object.keys(bookmark.object).sort(), ["apiVersion", "kind", "metadata"]);
      await watch.stop();
      await create(api, "a");
      const again = await api.watch(`${configMaps}?watch=true&resourceVersion=${versionOf(bookmark.object)}`);
      assert.deepEqual(await seen(again, 1), ["ADDED a"]);
      await again.stop();
    }));

  it("streams a list when asked for initial events", () =>
    withApi({}, async (api) => {
      await create(api, "a");
      await create(api, "b");
      const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      const watch = await api.watch(`${configMaps}?${query}`);
      assert.deepEqual(await seen(watch, 2), ["ADDED a", "ADDED b"]);
      const bookmark = await watch.next();
      assert.equal(bookmark.type, "BOOKMARK");
      assert.equal(valueAt(bookmark.object, "metadata", "annotations", "k8s.io/initial-events-end"), "true");
      await create(api, "c");
      assert.deepEqual(await seen(watch, 1), ["ADDED c"]);
      await watch.stop();
      const bad = await api.send("GET", `${configMaps}?watch=true&sendInitialEvents=true`);
      assert.equal(bad.code, 400);
    }));

  it("ends when its time is over, and when the server stops", () =>
    withApi({}, async (api) => {
      const timed = await api.watch(`${configMaps}?watch=true&timeoutSeconds=1`);
      const open = await api.watch(`${configMaps}?watch=true`);
      assert.equal((await timed.next()).type, "END");
      await api.server.close();
      assert.equal((await open.next()).type, "END");
    }));

  it("cuts a client that does not read, before what waits for it fills the memory", () => {
    const metrics = createMetrics();
    return withApi({ metrics }, async (api) => {
      await create(api, "a");
      const { hostname, port } = new URL(api.server.url);
      const socket = connect(Number(port), hostname);
      const request = `GET ${configMaps}?watch=true HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${api.server.token}\r\n\r\n`;
      socket.write(request);
      await once(socket, "readable");
      const watches = () => /^weir_api_watches (\d+)$/m.exec(metrics.render())?.[1];
      assert.equal(watches(), "1");
      const text = "x".repeat(900_000);
      let written = 0;
      while (watches() === "1" && written < 60) {
        await api.send("PATCH", `${configMaps}/a`, { data: { text, n: String(written++) } }, merge);
      }
      assert.ok(written > 10 && written < 60, `${written} events of 0.9 MB`);
      socket.destroy();
    });
  });

  it("shows tables to kubectl", () =>
    withApi({}, async (api) => {
      const aborting = new AbortController();
      const response = await fetch(`${api.server.url}${configMaps}?watch=true`, {
        headers: {
          authorization: `Bearer ${api.server.token}`,
          accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
        },
        signal: aborting.signal,
      });
      await create(api, "a");
      const chunk = await response.body?.getReader().read();
      const event = JSON.parse(Buffer.from(chunk?.value ?? []).toString());
      assert.equal(event.object.kind, "Table");
      assert.equal(event.object.rows[0].cells[0], "a");
      aborting.abort();
    }));
});

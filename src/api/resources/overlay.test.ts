import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textAt, valueAt } from "../../model/json.ts";
import { withApi } from "../testing/api-fixture.ts";
import { FileOverlay } from "../testing/file-overlay.ts";

const configMaps = "/api/v1/namespaces/shop/configmaps";
const merge = { "content-type": "application/merge-patch+json" };

describe("objects of files", () => {
  it("are read and listed with those of the store, page by page", async () => {
    const files = new FileOverlay();
    files.set("b", "file");
    files.set("d", "file");
    await withApi({ overlay: files }, async ({ send }) => {
      for (const name of ["a", "c", "e"]) await send("POST", configMaps, { metadata: { name } });
      const one = (await send("GET", `${configMaps}/b`)).body;
      assert.equal(valueAt(one, "data", "value"), "file");
      assert.equal(textAt(one, "metadata", "namespace"), "shop");
      assert.match(
        textAt(one, "metadata", "uid") ?? "",
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      for (const limit of [0, 1, 2, 3, 5]) {
        const names: string[] = [];
        let token = "";
        do {
          const { body } = await send("GET", `${configMaps}?limit=${limit}&continue=${token}`);
          const items = Array.isArray(body.items) ? body.items : [];
          assert.ok(limit === 0 || items.length <= limit);
          names.push(...items.map((item) => textAt(item, "metadata", "name") ?? ""));
          token = textAt(body, "metadata", "continue") ?? "";
        } while (token !== "");
        assert.deepEqual(names, ["a", "b", "c", "d", "e"], `limit ${limit}`);
      }
    });
  });

  it("are changed in their file, and the refusal names it", async () => {
    const files = new FileOverlay();
    files.set("b", "file");
    await withApi({ overlay: files }, async ({ send }) => {
      const path = `${configMaps}/b`;
      for (const [method, to, body, headers] of [
        ["POST", configMaps, { metadata: { name: "b" } }, {}],
        ["PUT", path, { metadata: { name: "b" } }, {}],
        ["PATCH", path, { data: {} }, merge],
        ["DELETE", path, undefined, {}],
      ] as const) {
        const answer = await send(method, to, body, headers);
        assert.deepEqual([answer.code, answer.body.reason], [403, "Forbidden"], method);
        assert.equal(
          answer.body.message,
          'configmaps "b" is forbidden: the object belongs to the file b.yaml (line 12); change it there',
        );
      }
      await send("POST", configMaps, { metadata: { name: "a" } });
      assert.equal((await send("DELETE", configMaps)).code, 200);
      const { body } = await send("GET", configMaps);
      assert.deepEqual(Array.isArray(body.items) && body.items.map((item) => textAt(item, "metadata", "name")), ["b"]);
    });
  });

  it("are watched with those of the store, in one order that can be taken up again", async () => {
    const files = new FileOverlay();
    files.set("b", "one");
    await withApi({ overlay: files }, async ({ send, watch }) => {
      const version = textAt((await send("GET", configMaps)).body, "metadata", "resourceVersion");
      files.set("b", "two");
      await send("POST", configMaps, { metadata: { name: "a" } });
      files.set("c", "one");
      const wanted = ["MODIFIED b", "ADDED a", "ADDED c", "DELETED b", "DELETED a"];
      const first = await watch(`${configMaps}?watch=true&resourceVersion=${version}`);
      files.remove("b");
      await send("DELETE", `${configMaps}/a`);
      const versions: string[] = [];
      for (const each of wanted) {
        const { type, object } = await first.next();
        assert.equal(`${type} ${textAt(object, "metadata", "name")}`, each);
        versions.push(textAt(object, "metadata", "resourceVersion") ?? "");
      }
      assert.deepEqual(
        versions.toSorted((a, b) => Number(BigInt(a) - BigInt(b))),
        versions,
        "versions rise",
      );
      await first.stop();
      const markers: string[] = [];
      for (const [index, from] of versions.entries()) {
        await send("POST", configMaps, { metadata: { name: `end-${index}` } });
        markers.push(`ADDED end-${index}`);
        const again = await watch(`${configMaps}?watch=true&resourceVersion=${from}`);
        for (const each of [...wanted.slice(index + 1), ...markers]) {
          const { type, object } = await again.next();
          assert.equal(`${type} ${textAt(object, "metadata", "name")}`, each, `from ${index}`);
        }
        await again.stop();
      }
    });
  });

  it("hide those of the store while they are there", async () => {
    const files = new FileOverlay();
    await withApi({ overlay: files }, async ({ send, watch }) => {
      await send("POST", configMaps, { metadata: { name: "a" }, data: { value: "store" } });
      const version = textAt((await send("GET", configMaps)).body, "metadata", "resourceVersion");
      const watcher = await watch(`${configMaps}?watch=true&resourceVersion=${version}`);
      files.set("a", "file");
      assert.equal(valueAt((await watcher.next()).object, "data", "value"), "file");
      assert.equal(valueAt((await send("GET", `${configMaps}/a`)).body, "data", "value"), "file");
      assert.equal((await send("DELETE", `${configMaps}/a`)).code, 403);
      files.remove("a");
      const revealed = await watcher.next();
      assert.deepEqual([revealed.type, valueAt(revealed.object, "data", "value")], ["MODIFIED", "store"]);
      assert.equal((await send("DELETE", `${configMaps}/a`)).code, 200);
      assert.equal((await watcher.next()).type, "DELETED");
      await watcher.stop();
    });
  });

  it("make a version of an earlier process expire, for files may have changed in between", async () => {
    const before = new FileOverlay();
    before.set("b", "one");
    await withApi({ overlay: before, now: () => new Date("2026-05-01") }, async ({ send, store, directory }) => {
      await send("POST", configMaps, { metadata: { name: "a" } });
      const version = textAt((await send("GET", configMaps)).body, "metadata", "resourceVersion");
      await withApi(
        { overlay: new FileOverlay(), store, accessDirectory: directory, now: () => new Date("2026-05-02") },
        async (later) => {
          const watch = await later.watch(`${configMaps}?watch=true&resourceVersion=${version}`);
          assert.equal((await watch.next()).type, "ERROR");
          const object = (await later.send("GET", `${configMaps}/a`)).body;
          const own = `resourceVersion=${textAt(object, "metadata", "resourceVersion")}&fieldSelector=metadata.name%3Da`;
          const single = await later.watch(`${configMaps}?watch=true&${own}`);
          await later.send("PATCH", `${configMaps}/a`, { data: { k: "v" } }, merge);
          assert.equal((await single.next()).type, "MODIFIED", "one object can be watched from its own version");
          await single.stop();
        },
      );
    });
  });
});

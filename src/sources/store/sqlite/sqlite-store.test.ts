import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { type StoreUnderTest, type StoreUnderTestOptions, storeContract } from "../store-contract.ts";
import { openSqliteStore, SqliteStore } from "./sqlite-store.ts";

function inDirectory<R>(test: (directory: string) => Promise<R>): Promise<R> {
  const directory = mkdtempSync(join(tmpdir(), "weir-store-"));
  return test(directory).finally(() => rmSync(directory, { recursive: true }));
}

async function withSqlite(
  { keepEvents }: StoreUnderTestOptions,
  test: (subject: StoreUnderTest) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    let now = 1_000_000;
    const opened: SqliteStore[] = [];
    const open = () => {
      const path = join(directory, "state", "weir.db");
      const store = openSqliteStore({ path, keepEvents, now: () => now, refreshEveryMs: 0 });
      opened.push(store);
      return store;
    };
    try {
      await test({
        store: open(),
        another: async () => open(),
        refresh: async (store) => {
          if (store instanceof SqliteStore) store.refresh();
        },
        advanceClock: (milliseconds) => {
          now += milliseconds;
        },
      });
    } finally {
      for (const store of opened) await store.close();
    }
  });
}

storeContract("SQLite", withSqlite);

const child = join(import.meta.dirname, "store-child.ts");
const web = { group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web", scope: "" };
const anything = { expect: { kind: "anything" } } as const;

describe("SQLite store", () => {
  it("is readable by its owner alone", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "new", "state", "weir.db");
      const store = openSqliteStore({ path });
      await store.put(web, { secret: "x" }, anything);
      const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
      assert.equal(mode(join(directory, "new", "state")), "700");
      for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(mode(file), "600", file);
      await store.close();
    }));

  it("keeps every acknowledged write when the process is killed", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "weir.db");
      let acknowledged = 0;
      for (let round = 1; round <= 3; round++) {
        const writer = spawn(process.execPath, [child, "write-forever", path], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let inThisRound = 0;
        for await (const line of createInterface(writer.stdout)) {
          acknowledged = Number(line);
          if (++inThisRound === 100) writer.kill("SIGKILL");
        }
        const store = openSqliteStore({ path });
        const { objects } = await store.listAll();
        assert.ok(acknowledged >= round * 100);
        assert.ok(objects.length >= acknowledged, `${acknowledged} acknowledged, ${objects.length} there`);
        for (const { ref, body } of objects) assert.equal(Number(ref.name.slice("object-".length)), body.n);
        await store.close();
        const database = new DatabaseSync(path);
        assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
        database.close();
      }
    }));

  it("says that the disk is full, goes on reading, and writes again once there is room", (context) =>
    inDirectory(async (directory) => {
      const script = `mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" fill-disk "$1/weir.db"`;
      const unshare = spawn("unshare", ["-Urm", "sh", "-c", script, "sh", directory, process.execPath, child], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [output, errors, code] = await Promise.all([
        unshare.stdout.setEncoding("utf8").toArray(),
        unshare.stderr.setEncoding("utf8").toArray(),
        new Promise<number | null>((resolve) => unshare.on("error", () => resolve(-1)).on("close", resolve)),
      ]);
      if (code === -1 || /unshare:|mount:/.test(errors.join(""))) {
        context.skip("a small file system of its own cannot be mounted here (needs Linux user namespaces)");
        return;
      }
      assert.equal(code, 0, errors.join(""));
      const seen = JSON.parse(output.join(""));
      assert.equal(seen.kind, "full");
      assert.match(seen.message, /^the disk is full: nothing more can be written to the store .*weir\.db/);
      assert.ok(seen.written > 3);
      assert.equal(seen.readableWhenFull, seen.written);
      assert.equal(seen.writtenAfterwards, true);
    }));

  it("forgets events earlier when they are large", () =>
    inDirectory(async (directory) => {
      const store = openSqliteStore({ path: join(directory, "weir.db"), keepBytes: 1_000_000 });
      const listener = { event: () => {}, expired: () => assert.fail("expired") };
      const cursors: string[] = [];
      for (let n = 0; n < 200; n++) {
        const outcome = await store.put(web, { n, text: "x".repeat(10_000) }, anything);
        assert.ok(outcome.kind === "stored");
        cursors.push(outcome.object.revision);
      }
      const at = async (back: number) => (await store.watch({ after: cursors.at(-back) ?? "" }, listener)).kind;
      assert.equal(await at(40), "watching");
      assert.equal(await at(70), "expired");
      assert.equal((await store.listAll()).objects.length, 1);
      await store.close();
    }));

  it("notices by itself what another process writes", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "weir.db");
      const store = openSqliteStore({ path, refreshEveryMs: 5 });
      const { promise: seen, resolve } = Promise.withResolvers<string>();
      await store.watch(
        { after: (await store.listAll()).cursor },
        { event: ({ ref }) => resolve(ref.name), expired: () => assert.fail("expired") },
      );
      const other = spawn(process.execPath, [child, "write-one", path], { stdio: "inherit" });
      const keepAlive = setInterval(() => {}, 1000);
      assert.equal(await seen, "object-000001");
      clearInterval(keepAlive);
      await new Promise((done) => (other.exitCode === null ? other.on("exit", done) : done(undefined)));
      await store.close();
    }));

  it("refuses what is no store of Weir, without touching it", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "other.db");
      const other = new DatabaseSync(path);
      other.exec("CREATE TABLE notes (text TEXT)");
      other.close();
      assert.throws(() => openSqliteStore({ path }), { kind: "damaged", message: /a database of another program/ });
      const again = new DatabaseSync(path);
      assert.deepEqual({ ...again.prepare("PRAGMA journal_mode").get() }, { journal_mode: "delete" });
      again.close();
    }));

  it("refuses a store that a later version wrote", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "weir.db");
      await openSqliteStore({ path }).close();
      const database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 999");
      database.close();
      assert.throws(() => openSqliteStore({ path }), { kind: "newer", message: /a later version of Weir/ });
    }));

  it("says where it cannot be opened", () =>
    inDirectory(async (directory) => {
      const file = join(directory, "file");
      writeFileSync(file, "");
      assert.throws(() => openSqliteStore({ path: join(file, "weir.db") }), {
        kind: "failed",
        message: /^the store .*file.weir\.db cannot be opened/,
      });
    }));
});

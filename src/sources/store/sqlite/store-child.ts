import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../store-error.ts";
import { openSqliteStore, type SqliteStore } from "./sqlite-store.ts";

/** The other process in the tests of the SQLite store: `store-child.ts TASK PATH`. */
const [task, path = ""] = process.argv.slice(2);
switch (task) {
  case "write-forever":
    await writeForever(openSqliteStore({ path }));
    break;
  case "write-one":
    await put(openSqliteStore({ path }), 1, "");
    break;
  case "fill-disk":
    await fillDisk(openSqliteStore({ path }));
    break;
  default:
    throw new Error(`unknown task ${task}`);
}

/** Prints the number of each object once its write is acknowledged. */
async function writeForever(store: SqliteStore): Promise<void> {
  const { objects } = await store.listAll();
  for (let n = objects.length + 1; ; n++) {
    await put(store, n, "");
    process.stdout.write(`${n}\n`);
  }
}

/** Runs on a file system of one megabyte of its own. */
async function fillDisk(store: SqliteStore): Promise<void> {
  const reserve = join(dirname(path), "reserve");
  writeFileSync(reserve, Buffer.alloc(300_000));
  let written = 0;
  try {
    for (;;) {
      await put(store, written + 1, "x".repeat(10_000));
      written++;
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const readableWhenFull = (await store.listAll()).objects.length;
    rmSync(reserve);
    await put(store, written + 1, "x".repeat(10_000));
    const writtenAfterwards = (await store.listAll()).objects.length === written + 1;
    const { kind, message } = error;
    process.stdout.write(JSON.stringify({ kind, message, written, readableWhenFull, writtenAfterwards }));
  }
  await store.close();
}

async function put(store: SqliteStore, n: number, padding: string): Promise<void> {
  const name = `object-${String(n).padStart(6, "0")}`;
  const ref = { group: "", kind: "Thing", namespace: "", name, scope: "" };
  const outcome = await store.put(ref, { n, padding }, { expect: { kind: "absent" } });
  if (outcome.kind !== "stored") throw new Error(`object ${n}: ${outcome.kind}`);
}

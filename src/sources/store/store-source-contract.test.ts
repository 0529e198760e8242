import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { objectAt, textAt } from "../../model/json.ts";
import type { JsonObject, ObjectRef } from "../../model/source-object.ts";
import { sourceContract } from "../source-contract.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import { StoreSource } from "./store-source.ts";

const anything = { expect: { kind: "anything" } } as const;

function refOf(body: JsonObject): ObjectRef {
  const name = textAt(body, "metadata", "name") ?? "";
  return { group: "", kind: "Service", namespace: textAt(body, "metadata", "namespace") ?? "", name, scope: "" };
}

/** Writes as the HTTP API does: an identity at creation, a generation that counts, nothing where nothing changed. */
sourceContract("store", async (test) => {
  const directory = mkdtempSync(join(tmpdir(), "weir-store-"));
  const store = openSqliteStore({ path: join(directory, "weir.db"), refreshEveryMs: 0, keepEvents: 100 });
  const written = new Map<string, { readonly body: JsonObject; readonly generation: number }>();
  try {
    await test({
      source: new StoreSource(store),
      another: () => new StoreSource(store),
      async put(body) {
        const { name } = refOf(body);
        const known = written.get(name);
        if (isDeepStrictEqual(known?.body, body)) return;
        const generation = (known?.generation ?? 0) + 1;
        written.set(name, { body, generation });
        const metadata = { ...objectAt(body, "metadata"), uid: `uid of ${name}`, generation };
        await store.put(refOf(body), { ...body, metadata }, anything);
      },
      async remove(body) {
        written.delete(refOf(body).name);
        await store.delete(refOf(body), anything);
      },
    });
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
});

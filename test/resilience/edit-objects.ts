/**
 * Within the cluster's network: replaces the specifications of objects again and again. Reads a list of ObjectEdits in JSON from its input, makes all of
 * them within the time that its first argument (EditPace in JSON) says, and prints how long that took in milliseconds.
 */
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { openKubernetesClient } from "../../src/kubernetes/open-client.ts";
import type { Json } from "../../src/model/source-object.ts";

export interface EditPace {
  /** From the first edits to when those after the last would be due. */
  readonly overMs: number;
}

export interface ObjectEdits {
  /** Server-relative. */
  readonly path: string;
  /** What the object is to say, one after the other. */
  readonly specifications: readonly Json[];
}

const { overMs }: EditPace = JSON.parse(process.argv[2] ?? "");
const objects: readonly ObjectEdits[] = JSON.parse(await text(process.stdin));
const { client } = await openKubernetesClient({ kind: "default" }, "resilience");
const since = performance.now();

async function edit({ path, specifications }: ObjectEdits): Promise<void> {
  for (const [index, spec] of specifications.entries()) {
    await wait(Math.max(0, since + (index * overMs) / specifications.length - performance.now()));
    const contentType = "application/merge-patch+json";
    const { status } = await client.request({ method: "PATCH", path, contentType, body: { spec } });
    if (status !== 200) throw new Error(`edit ${index} of ${path} was answered ${status}`);
  }
}

await Promise.all(objects.map(edit));
process.stdout.write(String(performance.now() - since));
await client.close();

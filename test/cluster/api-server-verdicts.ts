/**
 * Within the cluster's network: has the API server judge objects that it does not store. Reads a question a line, and answers each, in
 * order, with a line.
 */
import { createInterface } from "node:readline";
import { openKubernetesClient } from "../../src/kubernetes/open-client.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";

export interface Question {
  /** The collection it would be created in. */
  readonly path: string;
  readonly body: JsonObject;
}

export interface Verdict {
  readonly status: number;
  /** The object as it would be stored, or what is wrong with it. */
  readonly body: Json;
}

const { client } = await openKubernetesClient({ kind: "default" }, "weir/test");
for await (const line of createInterface({ input: process.stdin })) {
  const { path, body }: Question = JSON.parse(line);
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const { status, body: said } = await client.request({ method: "POST", path, query, body });
  const verdict: Verdict = { status, body: said };
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
await client.close();

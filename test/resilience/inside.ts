import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ClusterSession } from "../../scripts/cluster-tools/session.ts";

/** What a program of this folder printed, run in the cluster's network with one argument, as JSON. */
export async function runInside(
  cluster: ClusterSession,
  program: string,
  argument: object,
  input = "",
): Promise<string> {
  const command = [process.execPath, join(import.meta.dirname, program), JSON.stringify(argument)];
  const child = cluster.spawn(command, { stdio: ["pipe", "pipe", "inherit"] });
  assert.ok(child.stdin !== null && child.stdout !== null);
  child.stdin.end(input);
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  assert.equal(code, 0, `${program} failed`);
  return printed;
}

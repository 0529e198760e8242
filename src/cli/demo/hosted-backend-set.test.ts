import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { HostedBackendSet } from "./hosted-backend-set.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

test("the process of the demo backends is found again, reports taken ports, and ends when nothing is wanted", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "weir-demo-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, "demo.sock");
  const port = await freePort();
  const answer = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text();
  const cart = { name: "cart", version: "v1", address: "127.0.0.1", port };

  const first = new HostedBackendSet(socket);
  assert.deepEqual(await first.bring([]), []);
  assert.ok(!existsSync(socket), "nothing runs for nothing");
  assert.deepEqual(await first.bring([cart]), []);
  assert.match(await answer(), /cart/);

  const second = new HostedBackendSet(socket);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.after(() => taken.close());
  const address = taken.address();
  assert.ok(typeof address === "object" && address !== null);
  const [problem] = await second.bring([cart, { ...cart, name: "prices", port: address.port }]);
  assert.match(problem ?? "", /the demo backend of prices cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  assert.match(await answer(), /cart/);

  assert.deepEqual(await second.bring([]), []);
  await assert.rejects(answer());
  assert.ok(!existsSync(socket));
});

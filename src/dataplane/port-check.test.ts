import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { portProblem } from "./port-check.ts";

test("portProblem tells a free port from one that another program has, also one that shares it", async (t) => {
  for (const reusePort of process.platform === "linux" ? [false, true] : [false]) {
    const server = createServer().listen({ host: "127.0.0.1", port: 0, reusePort });
    await once(server, "listening");
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const verdict = await portProblem("127.0.0.1", address.port);
    assert.equal(verdict?.message, `127.0.0.1:${address.port} is already in use by another program`);
    assert.match(verdict?.hint ?? "", new RegExp(`${address.port}`));
    server.close();
    await once(server, "close");
    assert.equal(await portProblem("127.0.0.1", address.port), undefined);
  }
});

test("portProblem names an address that is not of this machine", async () => {
  const verdict = await portProblem("192.0.2.1", 0);
  assert.match(verdict?.message ?? "", /192\.0\.2\.1:0/);
});

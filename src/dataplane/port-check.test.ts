import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { portProblem } from "./port-check.ts";

const skipOutsideLinux = process.platform === "linux" ? false : "only Linux tells who listens";

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

test("portProblem keeps ports for datagrams apart from those for connections, which may have the same number", async (t) => {
  const server = createServer().listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  assert.equal(await portProblem("127.0.0.1", port, undefined, "udp"), undefined);
  const socket = createSocket("udp4").bind(port, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const verdict = await portProblem("127.0.0.1", port, undefined, "udp");
  assert.equal(verdict?.message, `127.0.0.1:${port} is already in use by another program`);
  if (process.platform !== "linux") return;
  assert.equal(await portProblem("127.0.0.1", port, process.pid, "udp"), undefined, "the process's own");
});

test("portProblem names an address that is not of this machine", async () => {
  const verdict = await portProblem("192.0.2.1", 0);
  assert.match(verdict?.message ?? "", /192\.0\.2\.1:0/);
});

test("portProblem lets the own process have a port, but not share it with another one", {
  skip: skipOutsideLinux,
}, async (t) => {
  const own = createServer().listen({ host: "127.0.0.1", port: 0, reusePort: true });
  await once(own, "listening");
  t.after(() => own.close());
  const address = own.address();
  assert.ok(typeof address === "object" && address !== null);
  const { port } = address;
  assert.equal(await portProblem("127.0.0.1", port, process.pid), undefined);
  const script = `require("net").createServer().listen({ host: "127.0.0.1", port: ${port}, reusePort: true }, () => console.log("listens"))`;
  const other = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => other.kill("SIGKILL"));
  await once(other.stdout, "data");
  const verdict = await portProblem("127.0.0.1", port, process.pid);
  assert.equal(verdict?.message, `127.0.0.1:${port} is already in use by another program`);
  other.kill("SIGKILL");
  await once(other, "exit");
  assert.equal(await portProblem("127.0.0.1", port, process.pid), undefined);
});

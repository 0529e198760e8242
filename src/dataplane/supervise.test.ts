import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BootstrapOptions } from "./bootstrap.ts";
import { bindFailure, bindFailureAdvice, EnvoyLogParser } from "./envoy-log.ts";
import { EnvoyProblem } from "./envoy-problem.ts";
import { signalProcess } from "./envoy-process.ts";
import { readRunningEnvoy, writeEnvoyState } from "./envoy-state.ts";
import { FileTail } from "./file-tail.ts";
import { processIdentity } from "./process-identity.ts";
import { type EnvoyEvent, EnvoySupervisor, type SupervisorOptions } from "./supervise.ts";
import { realEnvoy } from "./testing/real-envoy.ts";

async function freshFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "weir-dp-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function settings(folder: string, extra: Partial<BootstrapOptions> = {}): BootstrapOptions {
  return {
    node: { id: "gateway/default/weir/test", cluster: "default/weir" },
    controlPlane: { kind: "unix", path: join(folder, "xds.sock") },
    admin: { kind: "unix", path: join(folder, "admin.sock") },
    ...extra,
  };
}

/** What happened to an Envoy, in order, with a way to wait for something to happen. */
class Events {
  readonly seen: EnvoyEvent[] = [];
  #wake: (() => void)[] = [];

  readonly take = (event: EnvoyEvent): void => {
    this.seen.push(event);
    for (const wake of this.#wake.splice(0)) wake();
  };

  async next<K extends EnvoyEvent["kind"]>(kind: K, after = 0): Promise<Extract<EnvoyEvent, { kind: K }>> {
    for (;;) {
      const found = this.seen.slice(after).find((event) => event.kind === kind);
      if (found !== undefined && isKind(found, kind)) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake.push(resolve);
      await promise;
    }
  }
}

function isKind<K extends EnvoyEvent["kind"]>(event: EnvoyEvent, kind: K): event is Extract<EnvoyEvent, { kind: K }> {
  return event.kind === kind;
}

async function ended(pid: number, identity: string | undefined): Promise<void> {
  while ((await processIdentity(pid)) === identity) await new Promise((resolve) => setImmediate(resolve));
}

async function supervisor(t: TestContext, folder: string, extra: Partial<SupervisorOptions> = {}) {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  const events = new Events();
  const made = new EnvoySupervisor({
    envoy,
    bootstrap: settings(folder),
    folder,
    lifetime: "with-weir",
    concurrency: 1,
    drainMs: 0,
    restartDelayMs: () => 1,
    onEvent: events.take,
    ...extra,
  });
  return { envoy, events, made };
}

describe("EnvoySupervisor with a real Envoy", () => {
  test("starts, answers, and leaves nothing behind when it is stopped", async (t) => {
    const folder = await freshFolder(t);
    const rig = await supervisor(t, folder, { logLevel: "info" });
    if (rig === undefined) return;
    await rig.made.start();
    const pid = rig.made.pid;
    assert.ok(pid !== undefined);
    const identity = await processIdentity(pid);
    assert.deepEqual(await rig.made.admin.serverInfo(), {
      nodeId: "gateway/default/weir/test",
      state: "PRE_INITIALIZING",
      version: rig.envoy.version,
    });
    assert.equal(await rig.made.admin.ready(), false, "it has no configuration yet");
    const stats = await rig.made.admin.stats(/^server\.(live|concurrency)$/);
    assert.deepEqual([...stats.keys()].sort(), ["server.concurrency", "server.live"]);
    assert.equal(stats.get("server.concurrency"), 1);
    await assert.rejects(rig.made.admin.call("GET", "/no-such-path"), /answered 404/);
    await rig.made.stop();
    assert.notEqual(await processIdentity(pid), identity);
    assert.equal(rig.made.pid, undefined);
    assert.equal(await readRunningEnvoy(join(folder, "envoy.json")), undefined);
    assert.equal(await rig.made.admin.ready(), false);
  });

  test("starts again after kill -9", async (t) => {
    const rig = await supervisor(t, await freshFolder(t));
    if (rig === undefined) return;
    await rig.made.start();
    t.after(() => rig.made.stop());
    const first = rig.made.pid;
    assert.ok(first !== undefined);
    signalProcess(first, "SIGKILL");
    const exited = await rig.events.next("exited");
    assert.deepEqual([exited.pid, exited.exit], [first, { signal: "SIGKILL" }]);
    const again = await rig.events.next("started", 2);
    assert.notEqual(again.pid, first);
    assert.equal(rig.made.pid, again.pid);
    assert.equal((await rig.made.admin.serverInfo()).nodeId, "gateway/default/weir/test");
  });

  test("says which port is taken", async (t) => {
    const folder = await freshFolder(t);
    const taken = createServer();
    t.after(() => taken.close());
    const port = await listen(taken);
    const rig = await supervisor(t, folder, {
      bootstrap: settings(folder, { metrics: { address: "127.0.0.1", port } }),
    });
    if (rig === undefined) return;
    const error: unknown = await rig.made.start().catch((reason: unknown) => reason);
    assert.ok(error instanceof EnvoyProblem);
    assert.equal(error.message, `127.0.0.1:${port} is already in use by another program`);
    assert.match(error.hint, new RegExp(String(port)));
  });

  test("says what Envoy said when it does not start", async (t) => {
    const folder = await freshFolder(t);
    const rig = await supervisor(t, folder, { bootstrap: settings(folder, { stats: [{ prefix: "" }] }) });
    if (rig === undefined) return;
    const error: unknown = await rig.made.start().catch((reason: unknown) => reason);
    assert.ok(error instanceof EnvoyProblem);
    assert.match(error.message, /Envoy ended while starting \(exit code 1\): .*Prefix/s);
  });

  test("an Envoy left behind is adopted, once it is known to be that Envoy", async (t) => {
    const folder = await freshFolder(t);
    const first = await supervisor(t, folder, { lifetime: "beyond-weir" });
    if (first === undefined) return;
    await first.made.start();
    const pid = first.made.pid;
    assert.ok(pid !== undefined);
    t.after(() => signalProcess(pid, "SIGKILL"));
    await first.made.leave();
    assert.ok(await first.made.admin.serverInfo(), "it goes on");

    const second = await supervisor(t, folder, { lifetime: "beyond-weir", logLevel: "error" });
    assert.ok(second !== undefined);
    await second.made.start();
    assert.match(await second.made.admin.call("POST", "/logging"), /main: error/);
    assert.deepEqual(second.events.seen, [{ kind: "started", pid, adopted: true }]);

    signalProcess(pid, "SIGKILL");
    const exited = await second.events.next("exited");
    assert.equal(exited.pid, pid, "an adopted Envoy is watched too");
    const again = await second.events.next("started", 2);
    await second.made.stop();
    assert.equal(await processIdentity(again.pid), undefined);
  });

  test("an Envoy that runs with another bootstrap is replaced", async (t) => {
    const folder = await freshFolder(t);
    const first = await supervisor(t, folder, { lifetime: "beyond-weir" });
    if (first === undefined) return;
    await first.made.start();
    const pid = first.made.pid;
    assert.ok(pid !== undefined);
    t.after(() => signalProcess(pid, "SIGKILL"));
    await first.made.leave();
    const changed = settings(folder, { stats: "all" });
    const second = await supervisor(t, folder, { lifetime: "beyond-weir", bootstrap: changed });
    assert.ok(second !== undefined);
    await second.made.start();
    t.after(() => second.made.stop());
    assert.deepEqual(
      second.events.seen.map((event) => event.kind),
      ["replaced", "started"],
    );
    assert.equal(await processIdentity(pid), undefined);
    assert.notEqual(second.made.pid, pid);
  });

  for (const lifetime of ["with-weir", "beyond-weir"] as const) {
    test(`kill -9 of the process that supervises (${lifetime})`, async (t) => {
      const envoy = await realEnvoy(t);
      if (envoy === undefined) return;
      const folder = await freshFolder(t);
      const script = fileURLToPath(new URL("./testing/supervise-until-killed.ts", import.meta.url));
      const options = { envoy, bootstrap: settings(folder), folder, lifetime, concurrency: 1, drainMs: 0 };
      const parent = spawn(process.execPath, [script, JSON.stringify(options)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.after(() => parent.kill("SIGKILL"));
      const [line] = await once(createInterface(parent.stdout), "line");
      const pid = Number(line);
      const identity = await processIdentity(pid);
      assert.ok(identity !== undefined);
      t.after(() => signalProcess(pid, "SIGKILL"));
      parent.kill("SIGKILL");
      await once(parent, "exit");
      if (lifetime === "with-weir") {
        await ended(pid, identity);
        return;
      }
      const next = await supervisor(t, folder, options);
      assert.ok(next !== undefined);
      t.after(() => next.made.stop());
      await next.made.start();
      assert.deepEqual(next.events.seen, [{ kind: "started", pid, adopted: true }]);
      await next.made.stop();
      assert.equal(await processIdentity(pid), undefined);
    });
  }
});

function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
  return promise;
}

describe("readRunningEnvoy", () => {
  test("does not take another process with the same number for Envoy", async (t) => {
    const file = join(await freshFolder(t), "envoy.json");
    const identity = await processIdentity(process.pid);
    assert.ok(identity !== undefined);
    const state = { pid: process.pid, identity, nodeId: "n", fingerprint: "f" };
    await writeEnvoyState(file, state);
    assert.deepEqual(await readRunningEnvoy(file), state);
    await writeEnvoyState(file, { ...state, identity: `${identity}0` });
    assert.equal(await readRunningEnvoy(file), undefined);
    await writeFile(file, "{ half a fi");
    assert.equal(await readRunningEnvoy(file), undefined);
    await writeFile(file, '{"pid": "1"}');
    assert.equal(await readRunningEnvoy(file), undefined);
  });
});

describe("EnvoyLogParser", () => {
  test("reads level, time and component, and keeps the lines of one message together", () => {
    const parser = new EnvoyLogParser();
    assert.deepEqual(parser.parse("1774000000.250\twarning\tconfig\tgRPC config\trejected"), {
      level: "warning",
      at: 1_774_000_000_250,
      component: "config",
      text: "gRPC config\trejected",
    });
    assert.deepEqual(parser.parse("  second line"), {
      level: "warning",
      at: undefined,
      component: "config",
      text: "  second line",
    });
  });

  test("finds the address Envoy could not listen on", () => {
    const text = "Error adding/updating listener(s) tcp/0.0.0.0/80: cannot bind '0.0.0.0:80': Permission denied";
    const failure = bindFailure(text);
    assert.deepEqual(failure, { address: "0.0.0.0:80", reason: "Permission denied" });
    assert.match(bindFailureAdvice({ address: "0.0.0.0:80", reason: "Permission denied" }).message, /0\.0\.0\.0:80/);
    assert.equal(bindFailure("all is well"), undefined);
  });
});

describe("FileTail", () => {
  test("gives whole lines, from the end of what was there, and empties a file that grows", async (t) => {
    const path = join(await freshFolder(t), "log");
    await writeFile(path, "old\n");
    const lines: string[] = [];
    const tail = await FileTail.open(path, { from: "end", onLine: (line) => lines.push(line), emptyAt: 40 });
    await appendFile(path, "one\nt");
    await tail.read();
    assert.deepEqual(lines, ["one"]);
    await appendFile(path, "wo\nd\u00fcnn\n");
    await tail.read();
    assert.deepEqual(lines, ["one", "two", "d\u00fcnn"]);
    await appendFile(path, `${"x".repeat(40)}\n`);
    await tail.read();
    assert.equal((await stat(path)).size, 0);
    await appendFile(path, "after\nrest");
    await tail.close();
    assert.deepEqual(lines.slice(4), ["after", "rest"]);
    assert.equal(await readFile(path, "utf8"), "after\nrest");
  });
});

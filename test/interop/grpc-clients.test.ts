import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { findPlaces } from "../../src/config/places.ts";
import { eventually } from "./envoy-peer.ts";
import { type ProxylessWorld, proxylessWorld } from "./proxyless.ts";

const run = promisify(execFile);
const grpcioVersion = "1.85.1";

/** A client process that calls once for each line it is given. */
interface RunningClient {
  call(): Promise<string>;
}

function start(
  t: TestContext,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): RunningClient {
  const child: ChildProcess = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  t.after(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return {
    call: async () => {
      child.stdin?.write("\n");
      const line = await lines.next();
      return line.done === true ? "the client ended" : line.value;
    },
  };
}

async function follow(client: RunningClient, world: ProxylessWorld): Promise<void> {
  assert.equal(await client.call(), "one");
  await eventually(
    () => world.server.proxies.list()[0]?.synced() ?? false,
    () => "the client did not acknowledge everything",
  );
  const [proxy] = world.server.proxies.list();
  assert.equal(proxy?.nodeId, "client");
  assert.deepEqual([...(proxy?.types().keys() ?? [])].sort(), ["cluster", "endpoint", "listener", "route"]);

  world.switchOver();
  let answer = "";
  await eventually(
    async () => {
      answer = await client.call();
      assert.match(answer, /^(one|two)$/, "no call fails while the cluster changes");
      return answer === "two";
    },
    () => `the change did not arrive: ${answer}`,
  );
  await eventually(
    () => world.server.proxies.list()[0]?.synced() ?? false,
    () => "the client did not acknowledge the change",
  );
  for (const type of ["cluster", "endpoint", "listener", "route"] as const) {
    assert.equal(world.server.proxies.counters(type).refused, 0);
    assert.equal(world.server.proxies.counters(type).forcedReleases, 0);
  }
}

describe("gRPC clients without a proxy", () => {
  it("of @grpc/grpc-js-xds resolve a service, call it and follow a change", async (t) => {
    const world = await proxylessWorld(t);
    const script = join(import.meta.dirname, "grpc-js-client.ts");
    await follow(start(t, process.execPath, [script], { GRPC_XDS_BOOTSTRAP: world.bootstrapFile }), world);
  });

  it("of gRPC's C core (grpcio for Python) resolve a service, call it and follow a change", async (t) => {
    const packages = await grpcio(t);
    if (packages === undefined) return;
    const world = await proxylessWorld(t);
    const script = join(import.meta.dirname, "grpc-python-client.py");
    await follow(
      start(t, "python3", [script], {
        GRPC_XDS_BOOTSTRAP: world.bootstrapFile,
        PYTHONPATH: packages,
        GRPC_VERBOSITY: "ERROR",
      }),
      world,
    );
  });
});

/** A folder with the Python package, installed into the user's cache; undefined, and the test skipped, where it cannot be had. */
async function grpcio(t: TestContext): Promise<string | undefined> {
  const folder = join(findPlaces(process.env).cache, "grpcio", grpcioVersion);
  try {
    await access(join(folder, "grpc", "__init__.py"));
    return folder;
  } catch {
    await mkdir(folder, { recursive: true });
  }
  try {
    const options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--target", folder];
    await run("python3", ["-m", "pip", "install", ...options, `grpcio==${grpcioVersion}`]);
    return folder;
  } catch (error) {
    t.skip(`pip could not install grpcio ${grpcioVersion}: ${String(error).split("\n")[0]}`);
    return undefined;
  }
}

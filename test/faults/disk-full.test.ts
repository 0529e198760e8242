import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { signalProcess } from "../../src/dataplane/envoy-process.ts";
import { listAt, textAt } from "../../src/model/json.ts";
import { ask, echoBackend, eventually, freePorts } from "../e2e/xds-live-proxy.ts";
import { gateway, route, service, yamlOf } from "./shop.ts";
import { steadyTraffic } from "./traffic.ts";
import { freshPlace, runWeir, startWeir, upWords, type Wrapper } from "./weir-under-test.ts";

const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
const mountScript = 'mount -t tmpfs -o "size=$1" weir-test "$2" && shift 2 && exec "$@"';

/** A small disk under a folder that only the command sees. Undefined where this user may not mount: the test is then skipped. */
async function smallDisk(t: TestContext, folder: string, size: string): Promise<Wrapper | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const words = ["unshare", "--mount", "sh", "-c", mountScript, "sh", size, folder];
  const [program = "", ...rest] = words;
  const problem = await promisify(execFile)(program, [...rest, "true"]).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (problem === undefined) return { words, view: (pid) => `/proc/${pid}/root` };
  t.skip(`a small disk cannot be mounted here (needs Linux and root): ${problem}`);
  return undefined;
}

/** Appends to a file until no byte fits any more. */
async function fill(file: string): Promise<void> {
  for (let size = 1 << 20; size >= 1; size = size >> 1) {
    for (;;) {
      const problem = await appendFile(file, Buffer.alloc(size)).catch((error: unknown) => String(error));
      if (problem === undefined) continue;
      assert.match(problem, /ENOSPC/);
      break;
    }
  }
}

test("the disk is full while Weir runs: writes say so, reads, edits and traffic go on, and space mends it", async (t) => {
  const place = await freshPlace(t);
  const wrapper = await smallDisk(t, place.state, "16m");
  if (wrapper === undefined) return;
  const backend = await echoBackend(t, "first");
  const [port = 0] = await freePorts(1);
  const file = join(place.folder, "shop.yaml");
  const objects = [...gateway(port), ...service("first", backend.port), route("web", "web.test", "first")];
  await writeFile(file, yamlOf(objects));
  const weir = await startWeir(t, place, [file], { wrapper, flags: { "access-log-format": "json" } });
  if (weir === undefined) return;
  const envoy = weir.envoyPid;
  t.after(async () => {
    const left = await envoy();
    if (left !== undefined) signalProcess(left, "SIGKILL");
  });
  assert.equal((await weir.send("POST", routes, route("early", "early.test", "first"))).status, 201);
  const traffic = steadyTraffic(port, "web.test");
  t.after(() => traffic.stop());

  const filler = `${wrapper.view(weir.pid)}${join(place.state, "filler")}`;
  await fill(filler);
  const written: string[] = [];
  let refused = await weir.send("POST", routes, route("late-0", "late-0.test", "first"));
  // The log of the database may have room for some more.
  for (let number = 1; refused.status === 201 && number < 1000; number++) {
    written.push(`late-${number - 1}`);
    refused = await weir.send("POST", routes, route(`late-${number}`, `late-${number}.test`, "first"));
  }
  assert.equal(refused.status, 507, JSON.stringify(refused.body));
  assert.equal(textAt(refused.body, "kind"), "Status");
  assert.match(textAt(refused.body, "message") ?? "", /full/);
  assert.match(textAt(refused.body, "message") ?? "", /free|space/);

  const list = await weir.send("GET", routes);
  assert.equal(list.status, 200);
  const names = listAt(list.body, "items").map((item) => textAt(item, "metadata", "name"));
  assert.deepEqual(new Set(names), new Set(["early", ...written, "web"]));
  assert.equal((await weir.send("GET", "/readyz")).status, 200);

  await writeFile(file, yamlOf([...objects, route("edited", "edited.test", "first")]));
  await eventually(async () => (await ask(port, "/", { host: "edited.test" })).status === 200, weir.said);
  assert.equal((await ask(port, "/", { host: "early.test" })).status, 200);

  await rm(filler);
  await eventually(
    async () => (await weir.send("POST", routes, route("mended", "mended.test", "first"))).status === 201,
    weir.said,
  );
  await eventually(async () => (await ask(port, "/", { host: "mended.test" })).status === 200, weir.said);
  await traffic.stop();
  assert.ok(traffic.answered() > 0);
  assert.deepEqual(traffic.failures(), []);
  const ended = await weir.interrupt();
  assert.equal(ended.code, 0, ended.errors);
});

test("the disk is full before Weir starts", async (t) => {
  const place = await freshPlace(t);
  const wrapper = await smallDisk(t, place.state, "4k");
  if (wrapper === undefined) return;
  const { code, errors } = await runWeir(t, place, upWords(place, []), { wrapper }).ended;
  assert.equal(code, 1, errors);
  assert.match(errors, /full/);
  assert.match(errors, /free|space|--state-directory/);
  assert.doesNotMatch(errors, /defect|\n +at /);
});

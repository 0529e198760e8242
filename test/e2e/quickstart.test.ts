import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { textAt } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { freshPlace, startWeir } from "../faults/weir-under-test.ts";
import { eventually, freePorts } from "./xds-live-proxy.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The quickstart as it is, except for its ports: those may be taken where the tests run. */
async function copyQuickstart(to: string, demoPorts: readonly number[]): Promise<void> {
  await cp(join(root, "examples/quickstart"), to, { recursive: true });
  const backends = join(to, "backends.yaml");
  const text = await readFile(backends, "utf8");
  await writeFile(
    backends,
    text.replaceAll(/2100(\d)/g, (_, digit: string) => String(demoPorts[Number(digit) - 1])),
  );
}

test("the quickstart does what it says", async (t) => {
  const place = await freshPlace(t);
  const files = join(place.folder, "quickstart");
  const [http = 0, https = 0, ...demoPorts] = await freePorts(6);
  await copyQuickstart(files, demoPorts);
  const weir = await startWeir(t, place, [files], { flags: { ports: `80=${http},443=${https}` } });
  if (weir === undefined) return;

  const environment = {
    ...place.environment,
    WEIR_STATE_DIRECTORY: place.state,
    PATH: [join(root, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
  };
  const shell = (command: string) => execute("bash", ["-c", command], { env: environment, cwd: place.folder });
  const authority = join(place.folder, "xdg-data/weir/development-ca/ca.crt");
  const curl = async (url: string, ...more: string[]): Promise<{ status: number; headers: string; body: string }> => {
    const { host, hostname, port } = new URL(url);
    const common = ["-s", "-i", "--cacert", authority, "--resolve", `${hostname}:${port}:127.0.0.1`];
    const { stdout } = await execute("curl", [...common, ...more, url]);
    const end = stdout.indexOf("\r\n\r\n");
    assert.ok(end > 0, `no answer from ${host}: ${stdout}`);
    const headers = stdout.slice(0, end);
    return { status: Number(headers.split(" ", 2)[1]), headers, body: stdout.slice(end + 4) };
  };
  const answerOf = async (url: string, ...more: string[]): Promise<Json> => JSON.parse((await curl(url, ...more)).body);
  const cart = `https://api.shop.localhost:${https}/cart`;

  await t.test("it says what to try, and each line works as it stands", async () => {
    const lines = weir
      .said()
      .split("\n")
      .filter((line) => /^ {2}(curl|\S*weir) /.test(line));
    assert.equal(lines.length, 4, weir.said());
    for (const line of lines) {
      const { stdout } = await shell(line);
      const wanted = line.includes("demo-call")
        ? "hello   (from prices v1)\n"
        : line.includes("explain")
          ? `rule       httproute/shop/cart/canary/0`
          : '"service": "cart'; // or cart-next, to which a tenth of the requests goes
      assert.ok(stdout.includes(wanted), `${line}\n${stdout}`);
    }
  });

  await t.test("the Ingress serves two services over HTTPS and redirects HTTP", async () => {
    assert.equal(textAt(await answerOf(`https://shop.localhost:${https}/`), "service"), "storefront");
    assert.equal(textAt(await answerOf(`https://shop.localhost:${https}/cart/1`), "service"), "cart");
    const redirect = await curl(`http://shop.localhost:${http}/cart?x=1`);
    assert.equal(redirect.status, 308);
    assert.match(redirect.headers, new RegExp(`^location: https://shop\\.localhost:${https}/cart\\?x=1\\r?$`, "m"));
  });

  await t.test("the HTTPRoute sends a tenth of the requests to the next version, and who asks for it", async () => {
    const preview = await answerOf(cart, "-H", "x-preview: yes");
    assert.equal(textAt(preview, "version"), "v2");
    const seen = await versions(cart, 200);
    assert.ok((seen.get("v1") ?? 0) > 140 && (seen.get("v2") ?? 0) > 2, JSON.stringify([...seen]));
    assert.match((await curl(cart)).headers, /^x-served-by: weir\r?$/m);
  });

  await t.test("plain HTTP and unknown hosts get what they should", async () => {
    assert.equal((await curl(`http://api.shop.localhost:${http}/cart`)).status, 200);
    assert.equal((await curl(`http://nobody.shop.localhost:${http}/`)).status, 404);
  });

  await t.test("an edit is followed at once", async () => {
    await edit("gateway.yaml", (text) => text.replace("weight: 90", "weight: 0").replace("weight: 10", "weight: 1"));
    await eventually(
      async () => textAt(await answerOf(cart), "version") === "v2",
      () => "the new weights do not take effect",
    );
    assert.deepEqual([...(await versions(cart, 20))], [["v2", 20]]);
  });

  await t.test("the address policy refuses, and explain names its line", async () => {
    await edit("access-policy.yaml", (text) => uncomment(text, "cart-addresses"));
    await eventually(
      async () => (await curl(cart)).status === 403,
      () => "requests still pass",
    );
    const { stdout } = await shell("weir explain GET https://api.shop.localhost/cart");
    assert.match(stdout, /AccessPolicy shop\/cart-addresses.*access-policy\.yaml:\d+:\d+/);
    assert.match(stdout, /403/);
  });

  await t.test("the token policy wants a token, and the one in the file will do", async () => {
    const original = await readFile(join(root, "examples/quickstart/access-policy.yaml"), "utf8");
    await edit("access-policy.yaml", () => uncomment(original, "cart-tokens"));
    await eventually(
      async () => (await curl(cart)).status === 401,
      () => "requests are not refused with 401",
    );
    const token = /Bearer ([\w.-]+)/.exec(original)?.[1] ?? "";
    assert.equal((await curl(cart, "-H", `authorization: Bearer ${token}`)).status, 200);
    assert.equal((await curl(cart, "-H", `authorization: Bearer ${token.slice(0, -10)}AAAAAAAAAA`)).status, 401);
    await edit("access-policy.yaml", () => original);
    await eventually(
      async () => (await curl(cart)).status === 200,
      () => "requests are still refused",
    );
  });

  await t.test("nothing was refused by Envoy on the way", async () => {
    const rejected = await weir.envoyAdmin.stats(/update_rejected/);
    assert.ok(rejected.size > 3);
    assert.deepEqual(
      [...rejected].filter(([, count]) => count > 0),
      [],
    );
    assert.deepEqual(await weir.diagnostics(), []);
  });

  await t.test("Ctrl-C stops everything, and leaves nothing behind", async () => {
    const { code, output } = await weir.interrupt();
    assert.equal(code, 0, weir.said());
    assert.match(output, /stopping\n$/);
    assert.equal(await weir.envoyPid(), undefined);
    for (const port of [http, https, ...demoPorts]) assert.equal(await listens(port), false, `port ${port}`);
    await assert.rejects(readFile(join(place.state, "running.json")));
  });

  async function edit(name: string, change: (text: string) => string): Promise<void> {
    const file = join(files, name);
    const before = await readFile(file, "utf8");
    const after = change(before);
    assert.notEqual(after, before, `${name} has what is to be changed`);
    await writeFile(file, after);
  }

  async function versions(url: string, count: number): Promise<ReadonlyMap<string, number>> {
    const seen = new Map<string, number>();
    const { hostname, port } = new URL(url);
    const quiet = ["-s", "--cacert", authority, "--resolve", `${hostname}:${port}:127.0.0.1`];
    const { stdout } = await execute("curl", [...quiet, ...Array.from({ length: count }, () => url)]);
    for (const [, version = ""] of stdout.matchAll(/"version": "(v\d)"/g))
      seen.set(version, (seen.get(version) ?? 0) + 1);
    return seen;
  }
});

/** Takes the comment marks away from the one document that holds `name`, as the file's text tells a person to. */
function uncomment(text: string, name: string): string {
  const lines = text.split("\n");
  const at = lines.indexOf(`#   name: ${name}`);
  const start = lines.findLastIndex((line, index) => index < at && line.startsWith("# apiVersion:"));
  const end = lines.findIndex((line, index) => index > at && !line.startsWith("#   ") && !line.startsWith("# spec:"));
  assert.ok(start >= 0 && end > start, `${name} stands in the file`);
  return lines.map((line, index) => (index >= start && index < end ? line.slice(2) : line)).join("\n");
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

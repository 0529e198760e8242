import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { startDemoBackend } from "../demo/backend.ts";
import { capturedTerminal } from "../testing/captured-terminal.ts";
import { runOn, runWeir } from "../testing/run-weir.ts";
import { until } from "../testing/running-weir.ts";

describe("commands for development", () => {
  let home = "";
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "weir-dev-"));
  });
  after(() => rm(home, { recursive: true }));
  const weir = (...words: string[]) => runWeir(words, { environment: { HOME: home } });

  test("dev cert prints a Secret that is valid as it stands", async () => {
    const { exitCode, output } = await weir("dev", "cert", "shop.test", "*.shop.test", "--secret", "shop/tls");
    assert.equal(exitCode, 0);
    const secret: Json = parse(output);
    assert.equal(textAt(secret, "metadata", "namespace"), "shop");
    const certificate = new X509Certificate(Buffer.from(textAt(secret, "data", "tls.crt") ?? "", "base64"));
    assert.equal(certificate.subjectAltName, "DNS:shop.test, DNS:*.shop.test");
    const file = join(home, "secret.yaml");
    await writeFile(file, output);
    assert.equal((await weir("validate", file)).output, "1 object, no problems\n");
  });

  test("dev cert refuses what is no name, and says so", async () => {
    const host = await weir("dev", "cert", "not a host");
    assert.deepEqual([host.exitCode, host.errors], [2, 'error: no host name or address: "not a host"\n']);
    const secret = await weir("dev", "cert", "a.test", "--secret", "x");
    assert.deepEqual([secret.exitCode, secret.errors], [2, "error: --secret is to be namespace/name\n"]);
  });

  test("dev cert warns when a key would land on a screen", async () => {
    const { errors } = await runWeir(["dev", "cert", "a.test"], { environment: { HOME: home }, columns: 80 });
    assert.match(errors, /holds a private key/);
  });

  test("dev ca tells the file and how to trust it here", async () => {
    const { output } = await weir("dev", "ca");
    const file = join(home, ".local/share/weir/development-ca/ca.crt");
    assert.ok(output.startsWith(`The development certificate authority is ${file}\n`));
    assert.match(output, /update-ca-certificates/);
    const { output: data } = await weir("dev", "ca", "-o", "json");
    assert.equal(textAt(JSON.parse(data), "certificateFile"), file);
    assert.match(await readFile(file, "utf8"), /BEGIN CERTIFICATE/);
    const mac = await runWeir(["dev", "ca"], { environment: { HOME: home }, platform: "darwin" });
    assert.match(mac.output, /security add-trusted-cert/);
  });

  test("a place that cannot be written is told with what to do", async () => {
    const { exitCode, errors } = await runWeir(["dev", "ca"], {
      environment: { HOME: home, WEIR_DEVELOPMENT_DIRECTORY: join(home, "damaged") },
    });
    assert.deepEqual([exitCode, errors], [0, ""]);
    await writeFile(join(home, "damaged/ca.key"), "rubbish");
    const damaged = await runWeir(["dev", "ca"], {
      environment: { HOME: home, WEIR_DEVELOPMENT_DIRECTORY: join(home, "damaged") },
    });
    assert.equal(damaged.exitCode, 1);
    assert.match(damaged.errors, /cannot be read; remove that directory to have a new one made/);
    assert.doesNotMatch(damaged.errors, /defect/);
  });

  test("demo-backend serves until it is interrupted, and demo-call reaches it", async () => {
    const terminal = capturedTerminal({ environment: { HOME: home } });
    const serving = runOn(terminal, ["demo-backend", "--name", "cart", "--version", "v7", "--port", "0"]);
    await until(() => terminal.written.output !== "");
    const [, port = ""] = /listens on 127\.0\.0\.1:(\d+)/.exec(terminal.written.output) ?? [];
    const call = await weir("demo-call", `http://shop.test:${port}`, "hi", "--resolve", "127.0.0.1");
    assert.deepEqual([call.exitCode, call.output], [0, "hi   (from cart v7)\n"]);
    terminal.interrupt();
    assert.equal((await serving).exitCode, 0);
    const gone = await weir("demo-call", `http://127.0.0.1:${port}`);
    assert.equal(gone.exitCode, 1);
    assert.match(gone.errors, /no answer from http:/);
  });

  test("demo-backend says when its port is taken", async (t) => {
    const backend = await startDemoBackend({ name: "a", version: "v1", address: "127.0.0.1", port: 0 });
    t.after(() => backend.close());
    const { exitCode, errors } = await weir("demo-backend", "--port", String(backend.port));
    assert.equal(exitCode, 1);
    assert.match(errors, /cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\nchoose another port with --port/);
  });
});

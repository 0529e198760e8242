import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { textAt } from "../../model/json.ts";
import { createApiClient } from "../api-client.ts";
import { startControlPlane } from "../running/control-plane-process.ts";
import { type RunningWeir, startWeir } from "../testing/running-weir.ts";

describe("commands that look", () => {
  let weir: RunningWeir;
  before(async () => {
    weir = await startWeir();
  });
  after(() => weir.close());

  const broken = async (): Promise<string> => {
    const file = join(weir.folder, "broken.yaml");
    await writeFile(
      file,
      `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: a.test
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: nobody
                port:
                  nubmer: 80
`,
    );
    return file;
  };

  test("validate finds nothing wrong with the quickstart", async () => {
    const { exitCode, output } = await weir.run("validate", weir.files);
    assert.deepEqual([exitCode, output], [0, "15 objects, no problems\n"]);
  });

  test("validate tells file, line, code, lines and advice, and fails", async () => {
    const file = await broken();
    const { exitCode, output } = await weir.run("validate", "-f", file);
    assert.equal(exitCode, 1);
    assert.match(output, /broken\.yaml:16:19: warning WR0105 \(unknown field\): /);
    assert.match(output, / {2}16 \| {19}nubmer: 80\n {5}\| {19}\^/);
    assert.match(output, /hint: .*number/);
    assert.match(output, /1 object, \d+ errors?, 1 warning\n$/);
  });

  test("validate -o json gives the same as data", async () => {
    const { exitCode, output } = await weir.run("validate", "-f", await broken(), "-o", "json");
    const told: unknown = JSON.parse(output);
    assert.equal(exitCode, 1);
    assert.partialDeepStrictEqual(told, { objects: 1, valid: false });
    assert.match(output, /"code": "WR0105"/);
    assert.match(output, /"line": 16/);
  });

  test("validate reads standard input, and files that do not exist are errors", async () => {
    const piped = await weir.runWith({ input: await readFile(await broken(), "utf8") }, "validate", "-f", "-");
    assert.match(piped.output, /<stdin>:16:19/);
    const missing = await weir.run("validate", "nowhere.yaml");
    assert.equal(missing.exitCode, 1);
    assert.match(missing.output, /nowhere\.yaml:1:1: error WR0108/);
  });

  test("explain asks the running Weir", async () => {
    const { exitCode, output } = await weir.run(
      "explain",
      "GET",
      "https://api.shop.localhost/cart",
      "-H",
      "x-preview: yes",
    );
    assert.equal(exitCode, 0);
    assert.match(output, /^rule +httproute\/shop\/cart\/preview\/0 /m);
    assert.match(output, /gateway\.yaml:\d+:\d+/);
    const { output: data } = await weir.run("explain", "GET", "https://shop.localhost/", "-o", "json");
    assert.partialDeepStrictEqual(JSON.parse(data), { request: { authority: "shop.localhost" } });
    assert.match(data, /"file": ".*ingress\.yaml"/);
  });

  test("explain -f says the same of files, with nothing running", async () => {
    const words = ["explain", "GET", "https://api.shop.localhost/cart/items", "-f", weir.files, "-o", "json"];
    const { exitCode, output } = await weir.run(...words);
    assert.equal(exitCode, 0);
    assert.match(output, /"key": "httproute\/shop\/cart\/canary\/0"/);
    assert.match(output, /"share": 0\.9/);
  });

  test("explain fails for a request that nothing serves", async () => {
    assert.equal((await weir.run("explain", "GET", "https://nowhere.test/")).exitCode, 1);
    assert.equal((await weir.run("explain", "GET", "nowhere")).exitCode, 2);
    const header = await weir.run("explain", "GET", "http://a.test/", "-H", "no colon");
    assert.deepEqual(
      [header.exitCode, header.errors],
      [2, "error: not a header: \"no colon\"\nwrite it as 'name: value'\n"],
    );
  });

  test("diff says what an edited file would change, and which requests go elsewhere", async () => {
    const file = join(weir.folder, "edited.yaml");
    const text = await readFile(join(weir.files, "gateway.yaml"), "utf8");
    await writeFile(file, text.replace("weight: 90", "weight: 50").replace("weight: 10", "weight: 50"));
    const { exitCode, output, errors } = await weir.run("diff", "-f", file);
    assert.deepEqual([exitCode, errors], [1, ""]);
    assert.match(output, /^~ rule httproute shop\/cart, rule canary, match 0\b/m);
    assert.match(output, /Service shop\/cart:80 \(90 %\).* → Service shop\/cart:80 \(50 %\)/);
    assert.match(output, /edited\.yaml:\d+:\d+/);
  });

  test("diff of what runs already is nothing", async () => {
    const { exitCode, output } = await weir.run("diff", "-f", weir.files);
    assert.deepEqual([exitCode, output], [0, "nothing changes for any proxy\n"]);
  });

  test("diff sees what a file that Weir follows would no longer have", async () => {
    const file = join(weir.files, "ingress.yaml");
    const text = await readFile(file, "utf8");
    const shorter = { name: file, text: text.slice(0, text.indexOf("          - path: /cart")) };
    const { url, token } = weir.process.api;
    const answer = await createApiClient({ url, token }).send({
      method: "POST",
      path: "/weir/v1/diff",
      body: { files: [shorter] },
    });
    assert.match(textAt(answer, "text") ?? "", /^- rule ingress shop\/storefront, rule 0, match 1\b/m);
  });

  test("diff tells what is wrong with the file", async () => {
    const { errors } = await weir.run("diff", "-f", await broken());
    assert.match(errors, /broken\.yaml:15:17: error WR0106 \(invalid value\)/);
  });

  test("status counts problems and fails when there are errors", async () => {
    const good = await weir.run("status");
    assert.equal(good.exitCode, 0, good.errors);
    assert.match(good.output, /^Proxies: +none$/m);
    assert.match(good.output, /^Objects: +no problems$/m);
    const file = await broken();
    await writeFile(file, (await readFile(file, "utf8")).replace("nubmer", "number"));
    await weir.run("apply", "-f", file);
    const bad = await weir.run("status");
    assert.equal(bad.exitCode, 1);
    assert.match(bad.output, /error WR0201/);
    await weir.run("delete", "ingress", "web");
  });

  test("log-level shows and changes how much is logged", async () => {
    assert.equal((await weir.run("log-level")).output, "error\n");
    assert.equal((await weir.run("log-level", "debug")).output, "debug\n");
    assert.equal(weir.process.controlPlane.log.level, "debug");
    assert.equal((await weir.run("log-level", "loud")).exitCode, 1);
  });

  test("proxy commands say when there is no proxy", async () => {
    assert.equal((await weir.run("proxy", "list")).errors, "no proxy is connected\n");
    assert.match((await weir.run("proxy", "config")).errors, /no proxy is connected/);
    assert.equal((await weir.run("proxy", "list", "-o", "json")).output, "[]\n");
  });

  test("version tells of this program and of the running one", async () => {
    const { output } = await weir.run("version", "-o", "json");
    assert.deepEqual(Object.keys(Object(JSON.parse(output))), ["weir", "node", "running"]);
  });

  test("a second control plane on the same state directory is refused", async () => {
    const { configuration, log } = weir.process.controlPlane;
    await assert.rejects(
      startControlPlane({
        configuration,
        log,
        now: () => new Date(),
        interrupted: new AbortController().signal,
        onCertificate: () => undefined,
      }),
      /Weir runs already on .* \(process \d+, http:/,
    );
  });
});

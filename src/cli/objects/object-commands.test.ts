import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runOn } from "../testing/run-weir.ts";
import { type RunningWeir, startWeir, until } from "../testing/running-weir.ts";

const service = (name: string, extra = ""): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  ports:
    - port: 80
${extra}`;

describe("commands on objects", () => {
  let weir: RunningWeir;
  before(async () => {
    weir = await startWeir();
  });
  after(() => weir.close());
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(weir.folder, name);
    await writeFile(file, text);
    return file;
  };

  test("get shows tables of several kinds, wide and over namespaces", async () => {
    const { output, exitCode } = await weir.run("get", "ing,HTTPRoute,services", "-A");
    assert.equal(exitCode, 0);
    const heads = output.split("\n\n").map((table) => table.split("\n")[0]?.split(/ {2,}/).slice(0, 2).join());
    assert.deepEqual(heads, ["NAMESPACE,NAME", "NAMESPACE,NAME", "NAMESPACE,NAME"]);
    assert.match(output, /^shop +ingress\/storefront +weir +shop\.localhost/m);
    assert.match(output, /^shop +httproute\/cart /m);
    const wide = await weir.run("get", "svc", "cart", "-n", "shop", "-o", "wide");
    assert.match(wide.output, /^NAME .*SELECTOR\ncart .*<none>\n$/);
  });

  test("get gives names and data", async () => {
    assert.equal(
      (await weir.run("get", "httproute/cart", "-n", "shop", "-o", "name")).output,
      "httproute.gateway.networking.k8s.io/cart\n",
    );
    const one: unknown = JSON.parse((await weir.run("get", "svc", "cart", "-n", "shop", "-o", "json")).output);
    assert.partialDeepStrictEqual(one, { apiVersion: "v1", kind: "Service", metadata: { name: "cart" } });
    const all = await weir.run("get", "svc", "-n", "shop", "-o", "yaml");
    assert.match(all.output, /^apiVersion: v1\nkind: List\nitems:\n {2}- apiVersion: v1\n {4}kind: Service\n/);
  });

  test("get says what is not there", async () => {
    const missing = await weir.run("get", "svc", "nobody", "cart", "-n", "shop");
    assert.equal(missing.exitCode, 1);
    assert.match(missing.errors, /services "nobody" not found/);
    assert.match(missing.output, /^cart /m, "what is there is shown all the same");
    const none = await weir.run("get", "svc");
    assert.deepEqual([none.exitCode, none.errors], [0, "no services found in namespace default\n"]);
    const kind = await weir.run("get", "servcie");
    assert.match(kind.errors, /there is no kind "servcie"\ndid you mean service\?/);
  });

  test("apply creates, finds nothing to do, changes, and removes what the file no longer has", async () => {
    const file = await write("a.yaml", service("a", "  clusterIP: None\n"));
    assert.equal((await weir.run("apply", "-f", file)).output, "service/a created\n");
    assert.equal((await weir.run("apply", "-f", file)).output, "service/a unchanged\n");
    await write("a.yaml", service("a").replace("app: a", "tier: front"));
    assert.equal((await weir.run("apply", "-f", file, "-o", "name")).output, "service/a\n");
    const { output } = await weir.run("get", "svc", "a", "-o", "json");
    assert.partialDeepStrictEqual(JSON.parse(output), { metadata: { labels: { tier: "front" } } });
    assert.doesNotMatch(output, /"app": "a"/);
    assert.equal((await weir.run("get", "svc", "-l", "tier=front", "-o", "name")).output, "service/a\n");
    assert.equal((await weir.run("delete", "-f", file)).output, "service/a deleted\n");
  });

  test("apply keeps what others set", async () => {
    const file = await write("kept.yaml", service("kept"));
    await weir.run("apply", "-f", file);
    const labelled = service("kept").replace("app: kept", "app: kept, other: theirs");
    await weir.runWith({ input: labelled.replace("kind: Service", "kind: Service") }, "apply", "-f", "-");
    const { output } = await weir.run("get", "svc/kept", "-o", "yaml");
    assert.match(output, /other: theirs/);
    await weir.run("delete", "svc", "kept");
  });

  test("apply with --dry-run stores nothing", async () => {
    const { output } = await weir.runWith({ input: service("dry") }, "apply", "-f", "-", "--dry-run", "-n", "other");
    assert.equal(output, "service/dry created (dry run)\n");
    assert.equal((await weir.run("get", "svc", "dry", "-n", "other")).exitCode, 1);
  });

  test("apply sends nothing of a file that cannot be read, and shows the line", async () => {
    const file = await write("broken.yaml", `${service("first")}---\napiVersion: v1\nkind: [Service\n`);
    const { exitCode, errors } = await weir.run("apply", "-f", file);
    assert.equal(exitCode, 1);
    assert.match(errors, /broken\.yaml:\d+:\d+: error WR0101 \(malformed YAML\)/);
    assert.match(errors, / \| kind: \[Service/);
    assert.match(errors, /nothing was sent: the files have 1 error/);
    assert.equal((await weir.run("get", "svc", "first")).exitCode, 1);
  });

  test("apply goes on after an object that is refused, and says why", async () => {
    const both = `${service("bad").replace("port: 80", "port: 99999")}---\n${service("good")}`;
    const { exitCode, output, errors } = await weir.runWith({ input: both }, "apply", "-f", "-");
    assert.equal(exitCode, 1);
    assert.equal(output, "service/good created\n");
    assert.match(errors, /error: Service bad: .*spec\.ports\[0\]\.port/);
    await weir.run("delete", "svc/good");
  });

  test("objects of files are changed there, not through the API", async () => {
    const { exitCode, errors } = await weir.run("delete", "svc", "cart", "-n", "shop");
    assert.equal(exitCode, 1);
    assert.match(errors, /belongs to the file .*backends\.yaml \(line \d+\); change it there/);
  });

  test("delete wants to be told which objects", async () => {
    const { exitCode, errors } = await weir.run("delete", "svc");
    assert.deepEqual([exitCode, errors], [2, "error: say which objects\ngive names, or labels with -l\n"]);
  });

  test("get -w shows what is there, then what changes, until it is interrupted", async () => {
    const terminal = weir.terminal();
    const watching = runOn(terminal, ["get", "svc", "-w"]);
    await weir.runWith({ input: service("early") }, "apply", "-f", "-");
    await until(() => terminal.written.output.includes("early"));
    await weir.runWith({ input: service("late") }, "apply", "-f", "-");
    await until(() => terminal.written.output.includes("late"));
    terminal.interrupt();
    const { exitCode, output } = await watching;
    assert.equal(exitCode, 0);
    assert.equal(output.match(/^NAME /gm)?.length, 1, "titles are shown once");
    await weir.run("delete", "svc", "early", "late");
  });

  test("describe shows conditions and diagnostics, and no secret values", async () => {
    const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: lost, namespace: shop}
spec:
  parentRefs: [{name: shop}]
  rules: [{backendRefs: [{name: nobody, port: 80}]}]
`;
    await weir.runWith({ input: route }, "apply", "-f", "-");
    const { output } = await weir.run("describe", "httproute", "lost", "-n", "shop");
    assert.match(output, /^Name: +lost$/m);
    assert.match(output, /error WR0201 \(missing service\): Service shop\/nobody does not exist/);
    await weir.run("delete", "httproute", "lost", "-n", "shop");
    const secret = await weir.run("describe", "secret", "shop-tls", "-n", "shop");
    assert.match(secret.output, /tls\.key: \d+ bytes/);
    assert.doesNotMatch(secret.output, /LS0t|BEGIN/);
  });

  test("kinds are known by their names", async () => {
    const { output } = await weir.run("kinds");
    assert.match(output, /^ingresses +ing +networking\.k8s\.io\/v1 +yes +Ingress$/m);
    assert.match(output, /^gatewayclasses +gc +gateway\.networking\.k8s\.io\/v1 +no +GatewayClass$/m);
  });

  test("a wrong token is told apart from a Weir that does not run", async () => {
    const { exitCode, errors } = await weir.runWith({ environment: { WEIR_TOKEN: "wrong" } }, "get", "svc");
    assert.equal(exitCode, 1);
    assert.match(errors, /does not accept the token\nthe token belongs to another Weir/);
  });
});

/** The source against a real API server, in a cluster of the test's own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { runCommand, tryCommand } from "../../scripts/cluster-tools/command.ts";
import { Until } from "../../src/kubernetes/testing/until.ts";

const script = join(import.meta.dirname, "../../scripts/cluster");
const environment = { ...process.env, WEIR_CLUSTER: `test-${process.pid}` };
const namespace = "reading";
const group = "reading.weir.dev";

async function kubectl(args: readonly string[], ...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { code, errors } = await tryCommand(script, ["kubectl", ...args], { environment, input });
  assert.equal(code, 0, errors);
}

const apply = (...objects: readonly object[]): Promise<void> => kubectl(["apply", "-f", "-"], ...objects);

function service(externalName: string): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { type: "ExternalName", externalName },
  };
}

function secret(name: string, value: string): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: { value: btoa(value) } };
}

function ingress(secretName: string): object {
  const tls = [{ hosts: ["a.example"], secretName }];
  const backend = { service: { name: "web", port: { number: 80 } } };
  const rules = [{ host: "a.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  const metadata = { name: "web", namespace };
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec: { tls, rules } };
}

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `readings.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind: "Reading", plural: "readings" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** A process in the cluster's network that reads it. */
class Reader extends Until {
  readonly lines: string[] = [];
  readonly #child = spawn(
    script,
    ["exec", "--", process.execPath, join(import.meta.dirname, "read-cluster.ts"), namespace, group],
    { stdio: ["pipe", "pipe", "inherit"], env: environment },
  );

  constructor() {
    super();
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.check();
    });
  }

  says(value: object): Promise<void> {
    return this.until(() => this.lines.includes(JSON.stringify(value)));
  }

  async end(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin.end();
    const [code] = await closed;
    assert.equal(code, 0, "it ends by itself, with nothing left open");
  }
}

const { code, errors } = await tryCommand(script, ["check", "--built"]);

describe("the Kubernetes source and a real API server", { skip: code === 0 ? false : errors.trim() }, () => {
  before(async () => {
    await runCommand(script, ["up"], { environment });
    await apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      service("one.example"),
      secret("first", "1"),
      secret("second", "2"),
      ingress("first"),
    );
  });
  after(() => runCommand(script, ["down"], { environment }));

  it("reads what is there, follows what changes, and takes up a kind that appears", { timeout: 60_000 }, async () => {
    const reader = new Reader();
    await reader.says({ synced: true });
    assert.ok(
      reader.lines.includes(JSON.stringify({ key: `/Namespace//${namespace}`, spec: { finalizers: ["kubernetes"] } })),
    );
    const before = reader.lines.filter((line) => line.includes("/Secret/"));
    assert.deepEqual(before, [JSON.stringify({ key: `/Secret/${namespace}/first`, spec: { value: btoa("1") } })]);

    await apply(ingress("second"));
    await reader.says({ key: `/Secret/${namespace}/second`, spec: { value: btoa("2") } });
    await reader.says({ key: `/Secret/${namespace}/first`, spec: null });

    await kubectl(["delete", "service/web", "-n", namespace]);
    await reader.says({ key: `/Service/${namespace}/web`, spec: null });

    await apply(definition);
    await kubectl(["wait", "--for=condition=Established", `crd/readings.${group}`]);
    const apiVersion = `${group}/v1`;
    await apply({
      apiVersion,
      kind: "Reading",
      metadata: { name: "one", namespace },
      spec: { is: "here" },
      status: {},
    });
    await reader.says({ key: `${group}/Reading/${namespace}/one`, spec: { is: "here" } });
    await reader.says({ status: "one", is: {} });
    await reader.end();
    assert.deepEqual(
      reader.lines.filter((line) => line.includes('"problem"')),
      [],
    );
  });
});

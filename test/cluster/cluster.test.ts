/** A cluster of its own, from nothing to traffic to nothing: what every suite that needs a cluster relies on. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type CommandResult, tryCommand } from "../../scripts/cluster-tools/command.ts";

const script = join(import.meta.dirname, "../../scripts/cluster");
const environment = { ...process.env, WEIR_CLUSTER: `test-${process.pid}` };

function cluster(...args: readonly string[]): Promise<CommandResult> {
  return tryCommand(script, args, { environment });
}

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await cluster(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${errors}`);
  return output;
}

async function apply(...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { code, errors } = await tryCommand(script, ["kubectl", "apply", "-f", "-"], { environment, input });
  assert.equal(code, 0, errors);
}

/** What of the machine a cluster might touch: mounts, network devices, cgroups, forwarding. */
function machine(): readonly string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const cgroups = readdirSync("/sys/fs/cgroup").map((name) =>
    join("/sys/fs/cgroup", name, `weir-cluster-${environment.WEIR_CLUSTER}`),
  );
  return [
    ...mounts.map((line) => line.split(" ")[4] ?? "").filter((place) => place.includes(environment.WEIR_CLUSTER)),
    ...readdirSync("/sys/class/net").sort(),
    ...cgroups.filter((folder) => existsSync(folder)),
    readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8"),
    readFileSync("/proc/sys/vm/overcommit_memory", "utf8"),
  ];
}

const { code, errors } = await cluster("check", "--built");
const labels = { app: "echo" };
const container = {
  name: "echo",
  image: "registry.k8s.io/gateway-api/echo-basic:v1.5.1",
  imagePullPolicy: "IfNotPresent",
};
const ports = [{ port: 80, targetPort: 3000 }];

describe("scripts/cluster", { skip: code === 0 ? false : errors.trim() }, () => {
  let untouched: readonly string[] = [];
  before(async () => {
    untouched = machine();
    await succeed("up");
    await succeed("images", "echo-basic");
    await apply(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "echo" },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
        },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "echo" },
        spec: { type: "LoadBalancer", selector: labels, ports },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "fixed" },
        spec: { type: "LoadBalancer", loadBalancerIP: "10.89.1.77", selector: labels, ports },
      },
    );
    await succeed("kubectl", "rollout", "status", "deployment/echo", "--timeout=60s");
    for (const name of ["echo", "fixed"]) {
      await succeed(
        "kubectl",
        "wait",
        "--for=jsonpath={.status.loadBalancer.ingress}",
        `service/${name}`,
        "--timeout=30s",
      );
    }
  });
  after(() => cluster("down"));

  const fetchStatus = (address: string): Promise<string> =>
    succeed(
      ...["exec", "--", process.execPath, "-e"],
      `fetch("http://${address}/").then((answer) => process.stdout.write(String(answer.status)))`,
    );
  const addressOf = (name: string): Promise<string> =>
    succeed("kubectl", "get", `service/${name}`, "--output=jsonpath={.status.loadBalancer.ingress[0].ip}");

  it("does nothing when it is asked to start what runs", async () => {
    const before = await succeed("status", "--json");
    await succeed("up");
    assert.equal(await succeed("status", "--json"), before);
  });

  it("gives LoadBalancer Services addresses that answer in the cluster's network", async () => {
    assert.equal(await fetchStatus(await addressOf("echo")), "200");
  });

  it("gives a Service the address that it asks for", async () => {
    assert.equal(await addressOf("fixed"), "10.89.1.77");
    assert.equal(await fetchStatus("10.89.1.77"), "200");
  });

  it("has names of Services, and no names outside", async () => {
    const resolver = `const { Resolver } = require("node:dns").promises; const resolver = new Resolver(); resolver.setServers(["10.96.0.10"]);`;
    const lookUp = (name: string): Promise<string> =>
      succeed(
        "exec",
        "--",
        process.execPath,
        "-e",
        `${resolver} resolver.resolve4("${name}").then(console.log, (error) => console.log(error.code))`,
      );
    assert.match(await lookUp("echo.default.svc.cluster.local"), /10\.96\.\d+\.\d+/);
    assert.match(await lookUp("example.com"), /ENOTFOUND/);
  });

  it("serves logs", async () => {
    assert.match(await succeed("kubectl", "logs", "deployment/echo"), /Starting server/);
  });

  it("survives the loss of its API server", async () => {
    await succeed("stop", "kube-apiserver");
    assert.notEqual((await cluster("status")).code, 0);
    assert.equal(await fetchStatus("10.89.1.77"), "200");
    await succeed("up");
    assert.equal(await fetchStatus("10.89.1.77"), "200");
    await succeed("kubectl", "get", "deployment/echo");
  });

  it("answers for Services again when kube-proxy was ended while it changed their rules", async () => {
    const list = "nft list chains ip | sed -n 's/.*chain \\(endpoint-[^ ]*\\) {/\\1/p'";
    const flush = `while read -r chain; do nft flush chain ip kube-proxy "$chain"; done`;
    await succeed("stop", "kube-proxy");
    await succeed("exec", "--", "sh", "-c", `${list} | ${flush}`);
    const fetchOnce = `fetch("http://10.89.1.77/", { signal: AbortSignal.timeout(500) })`;
    assert.notEqual((await cluster("exec", "--", process.execPath, "-e", fetchOnce)).code, 0);
    await succeed("start", "kube-proxy");
    const retry = `const again = () => ${fetchOnce}.then((answer) => console.log(answer.status), again); again();`;
    assert.equal(await succeed("exec", "--", "timeout", "20", process.execPath, "-e", retry), "200\n");
  });

  it("leaves the machine as it was", async () => {
    await succeed("down");
    assert.deepEqual(machine(), untouched);
    assert.notEqual((await cluster("status")).code, 0);
  });
});

import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { addresses } from "../../scripts/cluster-tools/places.ts";
import { objectAt } from "../../src/model/json.ts";
import type { JsonObject } from "../../src/model/source-object.ts";
import { leaderThat } from "../support/cluster/leader.ts";
import { cutNetwork, type Pod, podsOf } from "../support/cluster/pods.ts";
import type { HttpTarget } from "../support/http-client.ts";
import { type AwaitedOutcome, answered, outcomes } from "./awaited.ts";
import type { ObjectEdits } from "./edit-objects.ts";
import { assertUnharmed } from "./load.ts";
import { echoService, gateway, gatewayName, host, listeners, namespace, route, tlsSecret } from "./shop.ts";
import { type World, weir } from "./world.ts";

const patiently = [`--namespace=${namespace}`, "--timeout=60s"];

/** What users write, in quantity, at a bad time, or wrong. */
export function changeFaults(world: World): void {
  const { cluster } = world;

  it("while routes of their host are edited a hundred times in ten seconds", async (t) => {
    // Theirs is among them, and every edit concerns the host that all of them share.
    const paths = ["/", "/one", "/two", "/three", "/four"];
    const nameOf = (path: string): string => (path === "/" ? "shop" : `shop-${path.slice(1)}`);
    const edited = (path: string, edit: number): JsonObject =>
      route({
        name: nameOf(path),
        hostname: host,
        backend: edit % 2 === 0 ? "echo" : "echo-again",
        answers: { "x-edit": String(edit) },
        path: { type: "PathPrefix", value: path },
      });
    const edits = Array.from({ length: 20 }, (_, index) => index + 1);
    await cluster.apply([echoService("echo-again"), ...paths.map((path) => edited(path, 0))]);
    const load = await world.startLoad(t);
    const objects: readonly ObjectEdits[] = paths.map((path) => ({
      path: `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${nameOf(path)}`,
      specifications: edits.map((edit) => objectAt(edited(path, edit), "spec")),
    }));
    const tookMs = Number(await world.inside("edit-objects.ts", { overMs: 10_000 }, JSON.stringify(objects)));
    assert.ok(tookMs < 15_000, `the edits took ${tookMs} ms`);
    const each = await world.atEachProxy(host);
    const targets = paths.flatMap((path) => each.map((target) => ({ ...target, path })));
    await answered(cluster, targets, { status: 200, headers: { "x-edit": String(edits.length) } });
    assertUnharmed(t, await load.stop());
  });

  it("while the API server is out of reach for a minute, and what was changed meanwhile is made good", async (t) => {
    const doomed = route({ name: "doomed", hostname: "doomed.example" });
    await cluster.apply([doomed]);
    await answered(cluster, await world.atEachProxy("doomed.example"), { status: 200 });
    const before = await podsOf(cluster, weir);
    const load = await world.startLoad(t);

    const hostname = `meanwhile-${Date.now()}.example`;
    const targets = await world.atEachProxy(hostname);
    const unseen = await changeUnseen(before, hostname, targets);
    assert.notEqual((await cluster.try("kubectl", "get", "--raw=/readyz")).code, 0, "there is no API server");
    await wait(60_000);
    const back = Date.now();
    await cluster.run("up");

    assert.ok(
      unseen.every(({ kind }) => kind === "did not come"),
      "Weir could not see what was changed",
    );
    const seen = await answered(cluster, targets, { status: 200 }, 60_000);
    t.diagnostic(
      `what was changed meanwhile is served ${Math.max(...seen) - back} ms after the API server was started`,
    );
    await answered(cluster, await world.atEachProxy("doomed.example"), { status: 404 }, 60_000);
    await leaderThat(cluster, ({ renewed }) => renewed.getTime() > back);
    await world.takesChanges("after-api-server");
    const after = await podsOf(cluster, weir);
    const identities = (pods: typeof after) => pods.map(({ uid, restarts }) => `${uid} ${restarts}`).toSorted();
    assert.deepEqual(identities(after), identities(before), "Weir ran on");
    assertUnharmed(t, await load.stop());
  });

  it("beside Secrets that are missing or broken, backends that are not there and objects that cannot be", async (t) => {
    const load = await world.startLoad(t);
    const garbage = "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n";
    await cluster.apply([
      tlsSecret("broken", garbage, garbage),
      gateway([
        ...listeners,
        { name: "missing", hostname: "missing.example", secret: "missing" },
        { name: "broken", hostname: "broken.example", secret: "broken" },
      ]),
      route({ name: "missing", hostname: "missing.example" }),
      route({ name: "broken", hostname: "broken.example" }),
      route({ name: "nobody", hostname: "nobody.example", backend: "nobody" }),
      route({ name: "wrong", hostname: "wrong.example", path: { type: "RegularExpression", value: "/(" } }),
    ]);
    await answered(cluster, await world.atEachProxy("nobody.example"), { status: 500 });
    for (const name of ["missing", "broken"]) {
      const at = `.status.listeners[?(@.name=="${name}")].conditions[?(@.type=="ResolvedRefs")].status`;
      await cluster.kubectl("wait", `--for=jsonpath={${at}}=False`, `gateway/${gatewayName}`, ...patiently);
    }
    const at = `.status.parents[0].conditions[?(@.type=="ResolvedRefs")].status`;
    await cluster.kubectl("wait", `--for=jsonpath={${at}}=False`, "httproute/nobody", ...patiently);
    await world.takesChanges("beside-mistakes");
    await answered(cluster, [world.secure(host)], { status: 200 });
    const [wrong] = await outcomes(cluster, {
      targets: [world.plain("wrong.example")],
      wanted: { status: 200 },
      withinMs: 1_000,
    });
    assert.equal(wrong?.kind, "did not come", "what cannot be is not served");

    for (const name of ["missing", "broken"]) {
      const certificate = await world.certify(name, `${name}.example`);
      await answered(cluster, [world.secure(`${name}.example`)], { status: 200, certificate });
    }
    await cluster.apply([gateway()]);
    assertUnharmed(t, await load.stop());
  });

  /** Takes the API server away, first from Weir alone, so that there are changes that it cannot see. What its proxies answered to those. */
  async function changeUnseen(
    replicas: readonly Pod[],
    hostname: string,
    targets: readonly HttpTarget[],
  ): Promise<readonly AwaitedOutcome[]> {
    const restore = await Promise.all(replicas.map((pod) => cutNetwork(pod, addresses.apiServerService)));
    try {
      await cluster.apply([route({ name: "meanwhile", hostname })]);
      await cluster.kubectl("delete", `--namespace=${namespace}`, "httproute/doomed");
      const unseen = await outcomes(cluster, { targets, wanted: { status: 200 }, withinMs: 2_000 });
      await cluster.run("stop", "kube-apiserver");
      // Controllers that are elected, as these are not, end with their term, and hold nobody's silence against them afterwards.
      await cluster.run("stop", "kube-controller-manager");
      return unseen;
    } finally {
      await Promise.all(restore.map((undo) => undo()));
    }
  }
}

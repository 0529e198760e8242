/** What the suite needs of the cluster. */
import { setTimeout as delay } from "node:timers/promises";
import { listAt, textAt } from "../../src/model/json.ts";
import { ClusterProblem } from "../cluster-tools/problem.ts";
import type { ClusterSession } from "../cluster-tools/session.ts";

export const gatewayClass = "gateway-conformance";

const patienceMs = 180_000;

/** Makes the suite's GatewayClass and waits until Weir has accepted it and said what it supports. */
export async function supportedFeatures(cluster: ClusterSession): Promise<readonly string[]> {
  await cluster.apply([
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: gatewayClass },
      spec: { controllerName: "weir.dev/gateway" },
    },
  ]);
  await cluster.kubectl("wait", "--for=condition=Accepted", `gatewayclass/${gatewayClass}`, "--timeout=60s");
  const written = await cluster.get("gatewayclass", gatewayClass);
  return listAt(written, "status", "supportedFeatures").flatMap((feature) => textAt(feature, "name") ?? []);
}

/** Waits until nothing is left of an earlier run: the suite fails at once in namespaces that are still being deleted. */
export async function clean(cluster: ClusterSession, say: (message: string) => void): Promise<void> {
  const until = Date.now() + patienceMs;
  for (let left = await suiteNamespaces(cluster); left.length > 0; left = await suiteNamespaces(cluster)) {
    const kept = left.filter(({ phase }) => phase !== "Terminating").map(({ name }) => name);
    if (kept.length > 0) {
      say(`removing what an earlier run left: ${kept.join(", ")}`);
      await cluster.kubectl("delete", "namespace", "--wait=false", ...kept);
    }
    if (Date.now() > until) {
      throw new ClusterProblem(`namespaces do not go: ${left.map(({ name }) => name).join(", ")}`);
    }
    await delay(1000);
  }
}

async function suiteNamespaces(
  cluster: ClusterSession,
): Promise<readonly { readonly name: string; readonly phase: string }[]> {
  return listAt(await cluster.get("namespaces"), "items").flatMap((item) => {
    const name = textAt(item, "metadata", "name") ?? "";
    const phase = textAt(item, "status", "phase") ?? "";
    return /^gateway-(conformance|api)-/.test(name) ? [{ name, phase }] : [];
  });
}

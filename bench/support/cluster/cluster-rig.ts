import { setTimeout as wait } from "node:timers/promises";
import type { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { openKubernetesClient } from "../../../src/kubernetes/open-client.ts";
import { isObject, listAt, numberAt, textAt } from "../../../src/model/json.ts";
import type { Json, JsonObject } from "../../../src/model/source-object.ts";
import type { BenchApi } from "../api.ts";
import type { MetricsSource } from "../gauge.ts";
import { GATEWAY, gatewayObject, type KubernetesObject, NAMESPACE } from "../objects.ts";
import type { ProbeAddress } from "../probe-connection.ts";
import { clusterApi } from "./cluster-api.ts";
import { podProcess } from "./pod-process.ts";

/** What benchmarks use of the cluster in whose network they run. */
export interface ClusterRig {
  /** A folder for temporary files. */
  readonly folder: string;
  readonly client: KubernetesClient;
  readonly api: BenchApi;
  /** The one replica of Weir: its figures, and its process. */
  readonly controlPlane: MetricsSource;
  readonly controlPlanePid: number;
  /** The Gateway that routes attach to. */
  readonly gateway: KubernetesObject;
  /** Where its proxy is reached, as clients reach it. */
  readonly address: ProbeAddress;
  readonly envoyPid: number;
  close(): Promise<void>;
}

/** The address of the node: where backends listen, since the API server takes no endpoints on loopback. */
export const NODE_ADDRESS = "10.89.0.1";

const PORT = 80;
const GIVE_UP_MS = 120_000;

const namespace: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };

/** As in the floor's Envoy: a line for each probe would be most of what is measured. */
const proxyClass: KubernetesObject = {
  apiVersion: "weir.dev/v1alpha1",
  kind: "ProxyClass",
  metadata: { name: "bench", namespace: NAMESPACE },
  spec: { accessLog: { format: "None" } },
};

/** Makes a Gateway and waits until it can be reached. */
export async function openClusterRig(folder: string): Promise<ClusterRig> {
  const { client } = await openKubernetesClient({ kind: "default" }, "weir-bench");
  const api = clusterApi(client);
  const parametersRef = { group: "weir.dev", kind: "ProxyClass", name: proxyClass.metadata.name };
  const gateway = gatewayObject(PORT, undefined, { infrastructure: { parametersRef } });
  for (const object of [namespace, proxyClass, gateway]) await api.createAll([object]);
  const host = await addressOf(client);
  const [controlPlane, envoy] = await Promise.all([
    onePod(client, "weir-system", "app.kubernetes.io/component=control-plane"),
    onePod(client, NAMESPACE, `gateway.networking.k8s.io/gateway-name=${GATEWAY}`),
  ]);
  return {
    folder,
    client,
    api,
    controlPlane: { metrics: () => metricsOf(controlPlane) },
    controlPlanePid: await podProcess(uidOf(controlPlane), "node"),
    gateway,
    address: { host, port: PORT },
    envoyPid: await podProcess(uidOf(envoy), "envoy"),
    close: () => api.close(),
  };
}

/** The address of the Gateway, once a proxy serves it. */
async function addressOf(client: KubernetesClient): Promise<string> {
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/gateways/${GATEWAY}`;
  for (const giveUp = performance.now() + GIVE_UP_MS; performance.now() < giveUp; await wait(200)) {
    const { body } = await client.request({ method: "GET", path });
    const isProgrammed = listAt(body, "status", "conditions").some(
      (condition) => textAt(condition, "type") === "Programmed" && textAt(condition, "status") === "True",
    );
    const address = textAt(body, "status", "addresses", 0, "value");
    if (isProgrammed && address !== undefined) return address;
  }
  throw new Error(`the Gateway is not programmed after ${GIVE_UP_MS / 1000} s`);
}

/** The one pod with these labels that is not about to go. */
async function onePod(client: KubernetesClient, inNamespace: string, labelSelector: string): Promise<JsonObject> {
  const { body } = await client.request({
    method: "GET",
    path: `/api/v1/namespaces/${inNamespace}/pods`,
    query: { labelSelector },
  });
  const [pod, ...others] = listAt(body, "items").filter(isRunning);
  if (pod === undefined || others.length > 0) throw new Error(`not one pod in ${inNamespace} with ${labelSelector}`);
  return pod;
}

function uidOf(pod: JsonObject): string {
  return textAt(pod, "metadata", "uid") ?? "";
}

async function metricsOf(pod: JsonObject): Promise<string> {
  const ports = listAt(pod, "spec", "containers", 0, "ports");
  const port = numberAt(
    ports.find((each) => textAt(each, "name") === "health"),
    "containerPort",
  );
  const response = await fetch(`http://${textAt(pod, "status", "podIP")}:${port}/metrics`);
  if (!response.ok) throw new Error(`the control plane answers ${response.status} when asked for its metrics`);
  return response.text();
}

function isRunning(pod: Json): pod is JsonObject {
  return (
    isObject(pod) &&
    textAt(pod, "metadata", "deletionTimestamp") === undefined &&
    textAt(pod, "status", "phase") === "Running"
  );
}

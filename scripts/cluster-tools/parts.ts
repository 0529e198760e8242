import { join } from "node:path";
import { programFolder } from "./binaries.ts";
import { writeContainerdConfiguration } from "./containerd.ts";
import { writeKubeletConfiguration, writeProxyConfiguration } from "./node-configuration.ts";
import { addresses, type ClusterPlaces, nodeName } from "./places.ts";
import { ClusterProblem, unavailable } from "./problem.ts";
import { findPluginFolder } from "./requirements.ts";

/** A long-running program of the cluster. */
export interface Part {
  readonly name: string;
  readonly command: readonly string[];
}

export const partNames = [
  "etcd",
  "kube-apiserver",
  "containerd",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "load-balancer",
] as const;

/** What runs in the cluster, in the order in which it is started; the configuration files are written on the way. */
export async function prepareParts(places: ClusterPlaces): Promise<readonly Part[]> {
  const plugins = await findPluginFolder();
  if (plugins === undefined) throw new ClusterProblem("there are no container network plugins", unavailable);
  const containerd = await writeContainerdConfiguration(places.state, plugins);
  const kubelet = await writeKubeletConfiguration(places);
  const configuration = await writeProxyConfiguration(places);
  const commands: Record<(typeof partNames)[number], readonly string[]> = {
    etcd: etcd(places),
    "kube-apiserver": apiServer(places),
    containerd: ["containerd", "--config", containerd],
    "kube-controller-manager": controllerManager(places),
    "kube-scheduler": scheduler(places),
    kubelet: [
      kubernetes(places, "kubelet"),
      `--config=${kubelet}`,
      `--kubeconfig=${join(places.state, "kubeconfigs/node.json")}`,
      `--root-dir=${join(places.state, "kubelet")}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${addresses.node}`,
    ],
    "kube-proxy": proxy(places, configuration),
    "load-balancer": [process.execPath, join(import.meta.dirname, "load-balancer/main.ts"), places.kubeconfig],
  };
  return partNames.map((name) => ({ name, command: commands[name] }));
}

/** The path of a part of Kubernetes: a name of the one binary. */
export function kubernetes({ cache }: ClusterPlaces, part: string): string {
  return join(programFolder(cache, "kubernetes"), part);
}

/** A crash of the machine may lose what it says it stored: the cluster would not survive that anyway. */
function etcd({ state }: ClusterPlaces): readonly string[] {
  return ["etcd", `--data-dir=${join(state, "etcd")}`, "--unsafe-no-fsync", "--logger=zap", "--log-level=warn"];
}

function apiServer(places: ClusterPlaces): readonly string[] {
  const certificate = (name: string): string => join(places.state, "certificates", name);
  return [
    kubernetes(places, "kube-apiserver"),
    "--etcd-servers=http://127.0.0.1:2379",
    `--advertise-address=${addresses.node}`,
    "--secure-port=6443",
    `--service-cluster-ip-range=${addresses.services}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    `--client-ca-file=${certificate("ca.crt")}`,
    `--tls-cert-file=${certificate("apiserver.crt")}`,
    `--tls-private-key-file=${certificate("apiserver.key")}`,
    `--kubelet-certificate-authority=${certificate("ca.crt")}`,
    `--kubelet-client-certificate=${certificate("apiserver-to-kubelet.crt")}`,
    `--kubelet-client-key=${certificate("apiserver-to-kubelet.key")}`,
    // Otherwise logs and exec look for the node's name in DNS.
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${certificate("service-accounts.pub")}`,
    `--service-account-signing-key-file=${certificate("service-accounts.key")}`,
    "--event-ttl=1h",
    "--profiling=false",
  ];
}

function controllerManager(places: ClusterPlaces): readonly string[] {
  const certificate = (name: string): string => join(places.state, "certificates", name);
  return [
    kubernetes(places, "kube-controller-manager"),
    ...client(places, "controller-manager"),
    "--use-service-account-credentials",
    `--root-ca-file=${certificate("ca.crt")}`,
    `--service-account-private-key-file=${certificate("service-accounts.key")}`,
    `--cluster-signing-cert-file=${certificate("ca.crt")}`,
    `--cluster-signing-key-file=${certificate("ca.key")}`,
  ];
}

function scheduler(places: ClusterPlaces): readonly string[] {
  return [kubernetes(places, "kube-scheduler"), ...client(places, "scheduler")];
}

/**
 * Without the rules of one that ran before: kube-proxy trusts the endpoints' chains that it finds, and one that was ended
 * at the wrong moment leaves empty ones, so that a Service never answers again.
 */
function proxy(places: ClusterPlaces, configuration: string): readonly string[] {
  const forget = ["ip", "ip6"].map((family) => `nft delete table ${family} kube-proxy 2>/dev/null`);
  const start = [kubernetes(places, "kube-proxy"), `--config=${configuration}`, `--hostname-override=${nodeName}`];
  return ["sh", "-c", `${forget.join("; ")}; exec "$@"`, "sh", ...start];
}

function client({ state }: ClusterPlaces, name: string): readonly string[] {
  return [
    `--kubeconfig=${join(state, "kubeconfigs", `${name}.json`)}`,
    "--leader-elect=false",
    "--profiling=false",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
  ];
}

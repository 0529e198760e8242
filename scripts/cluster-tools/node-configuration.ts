import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { containerdSocket } from "./containerd.ts";
import { addresses, type ClusterPlaces } from "./places.ts";

/** Writes the kubelet's configuration; resolves to its file. */
export async function writeKubeletConfiguration({ state, cgroup }: ClusterPlaces): Promise<string> {
  const certificates = join(state, "certificates");
  const resolver = join(state, "resolv.conf");
  await mkdir(join(state, "kubelet"), { recursive: true });
  // Nothing outside the cluster can be reached, name servers neither.
  await writeFile(resolver, "");
  return write(join(state, "kubelet.json"), {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(certificates, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(certificates, "kubelet.crt"),
    tlsPrivateKeyFile: join(certificates, "kubelet.key"),
    address: addresses.node,
    clusterDNS: [addresses.dns],
    clusterDomain: "cluster.local",
    resolvConf: resolver,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    maxPods: 400,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    serializeImagePulls: false,
    // Images come from this machine only: one that was thrown away could not be pulled again.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "0%",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
    },
    localStorageCapacityIsolation: false,
  });
}

/** Writes kube-proxy's configuration; resolves to its file. */
export async function writeProxyConfiguration({ state }: ClusterPlaces): Promise<string> {
  return write(join(state, "kube-proxy.json"), {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: addresses.pods,
    clientConnection: { kubeconfig: join(state, "kubeconfigs/proxy.json") },
    // These would be settings of the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nodePortAddresses: [`${addresses.node}/32`],
  });
}

/** Leaves a file that is as it should be alone: kube-proxy ends when its configuration is written, whatever is written. */
async function write(file: string, configuration: object): Promise<string> {
  const text = `${JSON.stringify(configuration, null, 2)}\n`;
  if ((await readFile(file, "utf8").catch(() => "")) !== text) await writeFile(file, text);
  return file;
}

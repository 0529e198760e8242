import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addresses } from "./places.ts";

export const pauseImage = "registry.k8s.io/pause:3.10";

/** In the cluster's mount namespace, where /run is its own. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** Writes the configuration of containerd and of the pods' network; resolves to containerd's file. */
export async function writeContainerdConfiguration(state: string, plugins: string): Promise<string> {
  const network = join(state, "cni");
  await mkdir(network, { recursive: true });
  await writeFile(join(network, "10-weir.conflist"), JSON.stringify(podNetwork, null, 2));
  const file = join(state, "containerd.toml");
  const quoted = JSON.stringify;
  // restrict_oom_score_adj: without CAP_SYS_RESOURCE a container may not have a lower score than containerd's, and fails to start.
  await writeFile(
    file,
    `version = 2
root = ${quoted(join(state, "containerd"))}
state = "/run/containerd"

[grpc]
  address = ${quoted(containerdSocket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quoted(pauseImage)}
  restrict_oom_score_adj = true
  disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${quoted(plugins)}
  conf_dir = ${quoted(network)}
`,
  );
  return file;
}

const podNetwork = {
  cniVersion: "0.4.0",
  name: "weir",
  plugins: [
    {
      type: "bridge",
      bridge: "pods0",
      isGateway: true,
      // A pod may reach itself through a Service.
      hairpinMode: true,
      ipMasq: false,
      ipam: { type: "host-local", ranges: [[{ subnet: addresses.pods }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

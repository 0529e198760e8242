import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type AdminClient, adminClient } from "../../src/dataplane/admin.ts";
import { podBootstrap, podPaths, podPorts } from "../../src/dataplane/pod-bootstrap.ts";
import type { PodTimings } from "../../src/dataplane/pod-timings.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { freePorts } from "../e2e/xds-live-proxy.ts";
import { KubeletVolume } from "./kubelet-volume.ts";

export interface ProxyPodOptions {
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly uid: string;
  readonly xdsPort: number;
  readonly trustedAuthorities: string;
  readonly token: string;
  readonly timings?: PodTimings;
  readonly variant?: "DELTA_GRPC" | "GRPC";
}

/** An Envoy that was started with nothing but what a pod gets. */
export interface RunningPod {
  readonly admin: AdminClient;
  readonly readyPort: number;
  readonly metricsPort: number;
  log(): string;
  replaceToken(token: string): Promise<void>;
  replaceAuthorities(trustedAuthorities: string): Promise<void>;
}

/**
 * Starts Envoy from a pod's bootstrap. Paths lie in a temporary directory, ports are free ones on loopback, and the control plane's
 * name leads to loopback as the cluster's DNS would lead it to the Service; all else is as in a pod.
 */
export async function startProxyPod(t: TestContext, options: ProxyPodOptions): Promise<RunningPod | undefined> {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "weir-pod-"));
  const [readyPort = 0, metricsPort = 0] = await freePorts(2);
  const inFolder = (text: string): string =>
    Object.values(podPaths).reduce(
      (moved, path) => moved.replaceAll(path, join(folder, path.replaceAll("/", "_"))),
      text,
    );

  const filesWith = (trustedAuthorities: string): Record<string, string> => {
    const made = podBootstrap({
      gateway: options.gateway,
      controlPlane: { host: "weir.weir-system.svc", port: options.xdsPort },
      trustedAuthorities,
      stats: "all",
      concurrency: 1,
      ...(options.timings === undefined ? {} : { timings: options.timings }),
    });
    const bootstrap = made.files["bootstrap.json"]
      .replace('"address": "weir.weir-system.svc"', '"address": "127.0.0.1"')
      .replaceAll('"0.0.0.0"', '"127.0.0.1"')
      .replace(`"port_value": ${podPorts.ready}`, `"port_value": ${readyPort}`)
      .replace(`"port_value": ${podPorts.metrics}`, `"port_value": ${metricsPort}`)
      .replace('"DELTA_GRPC"', JSON.stringify(options.variant ?? "DELTA_GRPC"));
    const files = { ...made.files, "bootstrap.json": bootstrap };
    return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, inFolder(text)]));
  };

  const configuration = new KubeletVolume(inFolder(podPaths.configuration));
  const token = new KubeletVolume(inFolder(podPaths.token));
  await configuration.write(filesWith(options.trustedAuthorities));
  await token.write({ token: options.token });
  await mkdir(inFolder(podPaths.run));
  const made = podBootstrap({
    gateway: options.gateway,
    controlPlane: { host: "", port: 0 },
    trustedAuthorities: "",
    concurrency: 1,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
  });
  const args = made.arguments.map((text) => inFolder(text.replace("$(POD_UID)", options.uid)));
  const child = spawn(envoy.path, args, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (data: Buffer) => {
    log += data.toString();
  });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await rm(folder, { recursive: true });
  });
  return {
    admin: adminClient({ kind: "unix", path: inFolder(`${podPaths.run}/admin.sock`) }),
    readyPort,
    metricsPort,
    log: () => log,
    replaceToken: (next) => token.write({ token: next }),
    replaceAuthorities: (trustedAuthorities) => configuration.write(filesWith(trustedAuthorities)),
  };
}

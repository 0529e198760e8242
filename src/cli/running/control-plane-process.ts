import { mkdir } from "node:fs/promises";
import { openHealthServer } from "../../api/health-server.ts";
import type { ApiServer } from "../../api/server.ts";
import type { Configuration } from "../../config/configuration.ts";
import { ControlPlane } from "../../control-plane/control-plane.ts";
import type { Environment } from "../../control-plane/environment.ts";
import { healthChecks, type Phase } from "../../control-plane/health-checks.ts";
import { unlessInterrupted } from "../../control-plane/interruption.ts";
import { localEnvironment } from "../../control-plane/local-environment.ts";
import type { Log } from "../../control-plane/log.ts";
import { controlPlaneMetrics, registerFigures } from "../../control-plane/metrics.ts";
import { serveApi } from "../../control-plane/serve-api.ts";
import type { DevelopmentCa } from "../../identity/development-ca.ts";
import { DevelopmentCertificates } from "../../identity/development-certificates.ts";
import type { Source } from "../../sources/source.ts";
import { CliError } from "../cli-error.ts";
import { readRunningInstance, removeRunningInstance, writeRunningInstance } from "../running-instance.ts";
import { localAdmin } from "./envoy-place.ts";
import { keepMemorySmall } from "./memory.ts";

export interface ControlPlaneProcessOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly now: () => Date;
  /** Aborted when Weir is to end, also before it has started. */
  readonly interrupted: AbortSignal;
  /** Told of each Secret that is made from the development authority. */
  readonly onCertificate: (secret: string, names: readonly string[], ca: DevelopmentCa) => void;
}

export interface ControlPlaneProcess {
  readonly controlPlane: ControlPlane;
  readonly api: ApiServer;
  close(): Promise<void>;
}

/**
 * A control plane with its API, announced in the state directory so that commands find it. One per state directory. Rejects with `StartInterrupted`
 * where it is to end first.
 */
export async function startControlPlane(options: ControlPlaneProcessOptions): Promise<ControlPlaneProcess> {
  const { configuration, log, interrupted } = options;
  const { stateDirectory, development } = configuration;
  const other = await readRunningInstance(stateDirectory);
  if (other !== undefined) {
    throw new CliError(
      `Weir runs already on ${stateDirectory} (process ${other.pid}, ${other.url})`,
      "give it objects with `weir apply -f`, stop it, or choose another --state-directory",
    );
  }
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const certificates = new DevelopmentCertificates({
    directory: development.directory,
    now: options.now,
    onSupplied: options.onCertificate,
  });
  await using cleanup = new AsyncDisposableStack();
  const { metrics, observeChange } = controlPlaneMetrics();
  let phase: Phase = "starting";
  const checks = healthChecks(() => phase);
  // Before anything that may have to wait: a kubelet must not take waiting for being stuck.
  if (configuration.health !== undefined) {
    const health = await openHealthServer({ ...configuration.health, checks, metrics });
    cleanup.defer(() => health.close());
    log.info("health checks and metrics are served", { port: health.port });
  }
  const controlPlane = new ControlPlane({
    configuration,
    environment: await openEnvironment(options, development.certificates ? [certificates] : []),
    log,
    onChangeTime: observeChange,
  });
  cleanup.defer(() => controlPlane.close());
  registerFigures(metrics, controlPlane);
  const { intake } = controlPlane.pipeline;
  certificates.observe((kind) => intake.objects(kind));
  await unlessInterrupted(controlPlane.start(), interrupted);
  phase = "serving";
  keepMemorySmall();
  const api = await serveApi(controlPlane, { metrics, checks, adminOf: localAdmin(stateDirectory) });
  cleanup.defer(() => api.close());
  const startedAt = controlPlane.startedAt.toISOString();
  cleanup.defer(() => removeRunningInstance(stateDirectory));
  await writeRunningInstance(stateDirectory, { pid: process.pid, url: api.url, startedAt });
  const running = cleanup.move();
  return {
    controlPlane,
    api,
    close: () => {
      phase = "stopping";
      return running.disposeAsync();
    },
  };
}

async function openEnvironment(
  { configuration, log, interrupted }: ControlPlaneProcessOptions,
  extraSources: readonly Source[],
): Promise<Environment> {
  if (!configuration.kubernetes.enabled) return localEnvironment({ configuration, log, extraSources });
  const { kubernetesEnvironment } = await import("../../control-plane/kubernetes/environment.ts");
  return kubernetesEnvironment({ configuration, log, interrupted });
}

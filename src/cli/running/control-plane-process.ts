import { mkdir } from "node:fs/promises";
import type { ApiServer } from "../../api/server.ts";
import type { Configuration } from "../../config/configuration.ts";
import { ControlPlane } from "../../control-plane/control-plane.ts";
import type { Environment } from "../../control-plane/environment.ts";
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

export interface ControlPlaneProcessOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly now: () => Date;
  /** Told of each Secret that is made from the development authority. */
  readonly onCertificate: (secret: string, names: readonly string[], ca: DevelopmentCa) => void;
}

export interface ControlPlaneProcess {
  readonly controlPlane: ControlPlane;
  readonly api: ApiServer;
  close(): Promise<void>;
}

/** A control plane with its API, announced in the state directory so that commands find it. One per state directory. */
export async function startControlPlane(options: ControlPlaneProcessOptions): Promise<ControlPlaneProcess> {
  const { configuration, log } = options;
  const { stateDirectory, development } = configuration;
  const running = await readRunningInstance(stateDirectory);
  if (running !== undefined) {
    throw new CliError(
      `Weir runs already on ${stateDirectory} (process ${running.pid}, ${running.url})`,
      "give it objects with `weir apply -f`, stop it, or choose another --state-directory",
    );
  }
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const certificates = new DevelopmentCertificates({
    directory: development.directory,
    now: options.now,
    onSupplied: options.onCertificate,
  });
  const { metrics, observeChange } = controlPlaneMetrics();
  const controlPlane = new ControlPlane({
    configuration,
    environment: await openEnvironment(configuration, log, development.certificates ? [certificates] : []),
    log,
    onChangeTime: observeChange,
  });
  registerFigures(metrics, controlPlane);
  const { intake } = controlPlane.pipeline;
  certificates.observe((kind) => intake.objects(kind));
  let api: ApiServer | undefined;
  const close = async (): Promise<void> => {
    await removeRunningInstance(stateDirectory);
    await api?.close();
    await controlPlane.close();
  };
  try {
    await controlPlane.start();
    api = await serveApi(controlPlane, { metrics, adminOf: localAdmin(stateDirectory) });
  } catch (error) {
    await close();
    throw error;
  }
  const startedAt = controlPlane.startedAt.toISOString();
  await writeRunningInstance(stateDirectory, { pid: process.pid, url: api.url, startedAt });
  return { controlPlane, api, close };
}

async function openEnvironment(
  configuration: Configuration,
  log: Log,
  extraSources: readonly Source[],
): Promise<Environment> {
  if (!configuration.kubernetes.enabled) return localEnvironment({ configuration, log, extraSources });
  const { kubernetesEnvironment } = await import("../../control-plane/kubernetes/environment.ts");
  return kubernetesEnvironment({ configuration, log });
}

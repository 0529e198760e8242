import { readFile } from "node:fs/promises";
import { kindDefinitions } from "../admission/kinds.ts";
import type { Metrics } from "../api/metrics.ts";
import { type ApiServer, createApiServer } from "../api/server.ts";
import type { HealthCheck, TlsOptions } from "../api/server-options.ts";
import type { Configuration } from "../config/configuration.ts";
import { version } from "../version.ts";
import { analysisRoutes } from "./analysis-routes.ts";
import type { ControlPlane } from "./control-plane.ts";
import { FileObjects } from "./file-objects.ts";
import { type AdminOf, inspectionRoutes } from "./inspection-routes.ts";

export interface ServeApiOptions {
  readonly metrics: Metrics;
  readonly checks: readonly HealthCheck[];
  readonly adminOf: AdminOf;
}

/** Puts the HTTP API on top of a running control plane. Rejects with the API's own start errors. */
export async function serveApi(
  controlPlane: ControlPlane,
  { metrics, checks, adminOf }: ServeApiOptions,
): Promise<ApiServer> {
  const { configuration, log, store } = controlPlane;
  const { tls, hostNames, address, port } = configuration.api;
  return createApiServer({
    store,
    definitions: kindDefinitions,
    overlay: new FileObjects(controlPlane),
    accessDirectory: configuration.stateDirectory,
    address,
    port,
    hostNames,
    ...(tls === undefined ? {} : { tls: await readTls(tls) }),
    version,
    healthChecks: checks,
    metrics,
    plugins: [inspectionRoutes(controlPlane, adminOf), analysisRoutes(controlPlane)],
    onError: (error) => log.error("a request failed inside Weir", { error: String(error) }),
  });
}

async function readTls({ certificateFile, keyFile }: NonNullable<Configuration["api"]["tls"]>): Promise<TlsOptions> {
  const [certificate, key] = await Promise.all([readFile(certificateFile, "utf8"), readFile(keyFile, "utf8")]);
  return { certificate, key };
}

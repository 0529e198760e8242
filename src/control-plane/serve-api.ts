import { kindDefinitions } from "../admission/kinds.ts";
import type { Metrics } from "../api/metrics.ts";
import { type ApiServer, createApiServer } from "../api/server.ts";
import { version } from "../version.ts";
import { analysisRoutes } from "./analysis-routes.ts";
import type { ControlPlane } from "./control-plane.ts";
import { FileObjects } from "./file-objects.ts";
import { type AdminOf, inspectionRoutes } from "./inspection-routes.ts";

export interface ServeApiOptions {
  readonly metrics: Metrics;
  readonly adminOf: AdminOf;
}

/** Puts the HTTP API on top of a running control plane. Rejects with the API's own start errors. */
export function serveApi(controlPlane: ControlPlane, { metrics, adminOf }: ServeApiOptions): Promise<ApiServer> {
  const { configuration, log, store } = controlPlane;
  return createApiServer({
    store,
    definitions: kindDefinitions,
    overlay: new FileObjects(controlPlane),
    accessDirectory: configuration.stateDirectory,
    address: configuration.api.address,
    port: configuration.api.port,
    version,
    healthChecks: [
      {
        name: "sources",
        isForReadinessOnly: true,
        check: () =>
          controlPlane.synced ? { ok: true } : { ok: false, problem: "the sources have not been read yet" },
      },
    ],
    metrics,
    plugins: [inspectionRoutes(controlPlane, adminOf), analysisRoutes(controlPlane)],
    onError: (error) => log.error("a request failed inside Weir", { error: String(error) }),
  });
}

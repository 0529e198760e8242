import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { AdminOf } from "../../control-plane/inspection-routes.ts";
import { SHARED_CLASS } from "../../control-plane/proxy-classes.ts";
import { adminClient } from "../../dataplane/admin.ts";
import { type EnvoyState, readRunningEnvoy } from "../../dataplane/envoy-state.ts";
import { envoyFiles } from "../../dataplane/start-envoy.ts";

/** Where an Envoy of this machine keeps its things, and how it calls itself. */
export interface EnvoyPlace {
  readonly nodeId: string;
  readonly folder: string;
  readonly adminSocket: string;
}

export function envoyPlace(stateDirectory: string, proxyClass: string): EnvoyPlace {
  const name = proxyClass === SHARED_CLASS ? "envoy" : `envoy-${proxyClass.replaceAll("/", "-")}`;
  const folder = join(stateDirectory, name);
  return {
    nodeId: `gateway/${proxyClass}/${hostname()}`,
    folder,
    adminSocket: join(folder, "admin.sock"),
  };
}

/** The Envoy that runs there, left behind by an earlier Weir. */
export function runningEnvoy(stateDirectory: string, proxyClass: string): Promise<EnvoyState | undefined> {
  return readRunningEnvoy(join(envoyPlace(stateDirectory, proxyClass).folder, envoyFiles.state));
}

/** Finds the admin interface of proxies that run on this machine with this state directory. */
export function localAdmin(stateDirectory: string): AdminOf {
  return (node) => {
    const proxyClass = /^gateway\/(.+)\/[^/]+$/.exec(node)?.[1];
    if (proxyClass === undefined) return undefined;
    const { nodeId, adminSocket } = envoyPlace(stateDirectory, proxyClass);
    if (nodeId !== node || !existsSync(adminSocket)) return undefined;
    return adminClient({ kind: "unix", path: adminSocket });
  };
}

import type { Configuration } from "../../config/configuration.ts";
import { findPlaces } from "../../config/places.ts";
import { type EnvoyBinary, findEnvoy } from "../../dataplane/envoy-install.ts";
import { createProgress } from "../output/progress.ts";
import type { Terminal } from "../terminal.ts";

/** The Envoy to run, installed if need be; says so while that takes time. */
export async function installedEnvoy({ envoy }: Configuration, terminal: Terminal): Promise<EnvoyBinary> {
  const progress = createProgress(terminal.errors);
  try {
    return await findEnvoy({
      cache: findPlaces(terminal.environment).cache,
      environment: { ...terminal.environment },
      onProgress: (message) => progress.step(message),
      ...(envoy.path === undefined ? {} : { envoy: envoy.path }),
    });
  } finally {
    progress.end();
  }
}

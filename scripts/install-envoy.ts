/** Prints the path of an Envoy that runs here, installing one when there is none; exits 1 and says why when it cannot. */
import { findPlaces } from "../src/config/places.ts";
import { findEnvoy } from "../src/dataplane/envoy-install.ts";
import { EnvoyProblem } from "../src/dataplane/envoy-problem.ts";

try {
  const envoy = await findEnvoy({
    cache: findPlaces(process.env).cache,
    environment: process.env,
    onProgress: (message) => process.stderr.write(`install-envoy: ${message}\n`),
  });
  process.stdout.write(`${envoy.path}\n`);
} catch (error) {
  if (!(error instanceof EnvoyProblem)) throw error;
  process.stderr.write(`install-envoy: ${error.message}\n${error.hint}\n`);
  process.exitCode = 1;
}

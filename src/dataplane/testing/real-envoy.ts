import type { TestContext } from "node:test";
import { findPlaces } from "../../config/places.ts";
import { type EnvoyBinary, findEnvoy } from "../envoy-install.ts";
import { EnvoyProblem } from "../envoy-problem.ts";

/**
 * An Envoy for a test, installed into the user's cache when there is none. Where none can be had, the test is skipped
 * with the reason, and undefined is returned.
 */
export async function realEnvoy(t: TestContext): Promise<EnvoyBinary | undefined> {
  try {
    return await findEnvoy({ cache: findPlaces(process.env).cache, environment: process.env });
  } catch (error) {
    if (!(error instanceof EnvoyProblem)) throw error;
    t.skip(`no Envoy: ${error.message}`);
    return undefined;
  }
}

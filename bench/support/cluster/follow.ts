import type { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { systemClock } from "../../../src/kubernetes/clock.ts";
import { Reflector } from "../../../src/kubernetes/reflector.ts";
import type { JsonObject } from "../../../src/model/source-object.ts";

/** Told of an object that appeared or changed, and when that was heard, on the clock of `performance.now()`. */
export type Heard = (object: JsonObject, at: number) => void;

/**
 * Watches a collection as the control plane does. Resolves once the watch knows what is there, with the function that ends it; what changes after
 * that is told.
 */
export async function follow(client: KubernetesClient, path: string, heard: Heard): Promise<() => Promise<void>> {
  const { promise: listed, resolve } = Promise.withResolvers<void>();
  const reflector = new Reflector({
    client,
    path,
    read: (object) => ({ object, at: performance.now() }),
    replaced: () => resolve(),
    applied: ({ object, at }) => heard(object, at),
    deleted: () => undefined,
    clock: systemClock,
  });
  reflector.start();
  await listed;
  return () => reflector.stop();
}

import { emptyWorld, type Nodes, type World } from "../../compile/testing/world.ts";
import type { EndpointSet } from "../../model/backend.ts";
import { type EncodedPlan, encodePlan } from "../encode-plan.ts";
import { defaultEncodeOptions, type EncodeOptions } from "../options.ts";

/** Model nodes in, Envoy's resources out: compile and xds wired as in the control plane. */
export interface EncodedWorld {
  readonly world: World;
  readonly encoded: EncodedPlan;
  putEndpoints(...sets: readonly EndpointSet[]): void;
}

export function encodedWorld(nodes: Nodes = {}, options: Partial<EncodeOptions> = {}): EncodedWorld {
  const world = emptyWorld();
  const endpointSets = world.graph.input<EndpointSet>("endpoint-sets");
  const encoded = encodePlan(world.graph, world.plan, endpointSets, { ...defaultEncodeOptions, ...options });
  world.put(nodes);
  encoded.planSource.release();
  return {
    world,
    encoded,
    putEndpoints: (...sets) =>
      world.graph.transaction(() => {
        for (const set of sets) endpointSets.set(set.key, set);
      }),
  };
}

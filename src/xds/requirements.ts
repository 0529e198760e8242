import type { Requirements } from "./resource.ts";

/** Nothing has to be acknowledged first. */
export const noRequirements: Requirements = { clusters: [], secrets: [], extensions: [] };

/** What all of them require, each name once, in the order of first mention. */
export function unionRequirements(all: readonly Requirements[]): Requirements {
  if (all.length === 0) return noRequirements;
  const clusters = new Set<string>();
  const secrets = new Set<string>();
  const extensions = new Set<string>();
  for (const one of all) {
    for (const name of one.clusters) clusters.add(name);
    for (const name of one.secrets) secrets.add(name);
    for (const name of one.extensions) extensions.add(name);
  }
  return { clusters: [...clusters], secrets: [...secrets], extensions: [...extensions] };
}

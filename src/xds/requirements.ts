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

/** The same for many long lists: names are taken over as they come, and some may occur more than once. */
export function joinRequirements(all: readonly Requirements[]): Requirements {
  const [only] = all;
  if (only === undefined) return noRequirements;
  if (all.length === 1) return only;
  return {
    clusters: all.flatMap(({ clusters }) => clusters),
    secrets: all.flatMap(({ secrets }) => secrets),
    extensions: [...new Set(all.flatMap(({ extensions }) => extensions))],
  };
}

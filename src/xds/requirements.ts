import type { Requirements } from "./resource.ts";

/** Nothing has to be acknowledged first. */
export const noRequirements: Requirements = { clusters: [], secrets: [], extensions: [] };

/** What all of them require, each name once, in the order of first mention. */
export function unionRequirements(all: readonly Requirements[]): Requirements {
  if (all.length === 0) return noRequirements;
  const clusters = new Set<string>();
  const secrets = new Set<string>();
  const extensions = new Set<string>();
  for (const one of all.flatMap((requires) => [...leaves(requires)])) {
    for (const name of one.clusters) clusters.add(name);
    for (const name of one.secrets) secrets.add(name);
    for (const name of one.extensions) extensions.add(name);
  }
  return { clusters: [...clusters], secrets: [...secrets], extensions: [...extensions] };
}

/** The same for many long lists: they stay as they are, so that what is known of one of them is known of it wherever it occurs. */
export function joinRequirements(all: readonly Requirements[]): Requirements {
  const [only] = all;
  if (only === undefined) return noRequirements;
  return all.length === 1 ? only : { ...noRequirements, parts: all };
}

/** The lists of names that `requires` consists of; some names may occur more than once. */
export function* leaves(requires: Requirements): Generator<Requirements> {
  yield requires;
  for (const part of requires.parts ?? []) yield* leaves(part);
}

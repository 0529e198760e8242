import type { Requirements } from "./resource.ts";

/** The kinds of requirements, by the type of the resource that meets them. */
export type RequirementKind = "cluster" | "secret" | "extension";

/** One thing that is required. */
export interface Requirement {
  readonly kind: RequirementKind;
  readonly name: string;
}

/** Nothing has to be acknowledged first. */
export const noRequirements: Requirements = { clusters: [], secrets: [], extensions: [] };

/** What all of them require, each name once, in the order of first mention. */
export function unionRequirements(all: readonly Requirements[]): Requirements {
  if (all.length === 0) return noRequirements;
  const clusters = new Set<string>();
  const secrets = new Set<string>();
  const extensions = new Set<string>();
  for (const one of all.flatMap(leaves)) {
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

/** What this list itself names, without its parts. */
export function itemsOf({ clusters, secrets, extensions }: Requirements): readonly Requirement[] {
  return [
    ...clusters.map((name): Requirement => ({ kind: "cluster", name })),
    ...secrets.map((name): Requirement => ({ kind: "secret", name })),
    ...extensions.map((name): Requirement => ({ kind: "extension", name })),
  ];
}

/** The list and all its parts; some names may occur more than once. */
export function leaves(requires: Requirements): readonly Requirements[] {
  return requires.parts === undefined ? [requires] : [requires, ...requires.parts.flatMap(leaves)];
}

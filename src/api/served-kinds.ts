import type { KindDefinition } from "../admission/kind-definition.ts";
import type { GroupKind } from "../model/source-object.ts";

/** A kind as it is reached through one of its versions. */
export interface ServedKind {
  readonly definition: KindDefinition;
  readonly version: string;
}

/** The paths of the API: which kind answers under which group, version and plural. */
export interface ServedKinds {
  readonly definitions: readonly KindDefinition[];
  find(group: string, version: string, plural: string): ServedKind | undefined;
  /** Every group but the core one, sorted, with its versions, the preferred one first. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** The kinds under one group and version, by plural. */
  kindsOf(group: string, version: string): readonly KindDefinition[];
}

export function serveKinds(definitions: readonly KindDefinition[]): ServedKinds {
  const byPath = new Map<string, ServedKind>();
  const versions = new Map<string, Set<string>>();
  for (const definition of definitions) {
    const known = versions.get(definition.group) ?? new Set<string>();
    versions.set(definition.group, known);
    for (const version of definition.versions) {
      known.add(version);
      byPath.set(`${definition.group}/${version}/${definition.plural}`, { definition, version });
    }
  }
  const groups = [...versions].map(([group, known]) => [group, [...known].sort(byStability)] as const);
  return {
    definitions,
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    groups: new Map(groups.sort(([a], [b]) => (a < b ? -1 : 1))),
    kindsOf: (group, version) =>
      definitions
        .filter((definition) => definition.group === group && definition.versions.includes(version))
        .sort((a, b) => (a.plural < b.plural ? -1 : 1)),
  };
}

export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The version in which objects of the kind are stored. */
export function storedApiVersion(definition: KindDefinition): string {
  return apiVersionOf(definition.group, definition.versions[0] ?? "v1");
}

export function groupKindOf({ group, kind }: KindDefinition): GroupKind {
  return { group, kind };
}

/** "Version priority" of custom resources: v10 before v2 before v2beta1 before v1alpha3. */
function byStability(a: string, b: string): number {
  const [stageA, majorA, minorA] = stability(a);
  const [stageB, majorB, minorB] = stability(b);
  return stageB - stageA || majorB - majorA || minorB - minorA || (a < b ? -1 : 1);
}

function stability(version: string): readonly [stage: number, major: number, minor: number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [-1, 0, 0];
  const stage = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}

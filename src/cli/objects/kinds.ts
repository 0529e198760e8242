import { similar } from "../../admission/fit/similar.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import { groupOf, type Json } from "../../model/source-object.ts";
import type { ApiClient } from "../api-client.ts";
import { CliError } from "../cli-error.ts";

/** A kind as the API serves it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
}

/** Every kind the API serves, in its preferred versions, sorted by group and name. */
export async function servedKinds(client: ApiClient): Promise<readonly ServedKind[]> {
  const groups = await client.send({ method: "GET", path: "/apis" });
  const versions = [
    "v1",
    ...listAt(groups, "groups").flatMap((group) => textAt(group, "preferredVersion", "groupVersion") ?? []),
  ];
  const lists = await Promise.all(
    versions.map(async (apiVersion) => {
      const list = await client.send({ method: "GET", path: rootOf(apiVersion) });
      return listAt(list, "resources").flatMap((resource) => servedKind(apiVersion, resource));
    }),
  );
  return lists.flat().toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ apiVersion, plural }: ServedKind): string {
  return `${groupOf(apiVersion)} ${plural}`;
}

function servedKind(apiVersion: string, resource: Json): readonly ServedKind[] {
  const plural = textAt(resource, "name");
  const kind = textAt(resource, "kind");
  // "pods/status" is a part of an object, not a kind.
  if (plural === undefined || kind === undefined || plural.includes("/")) return [];
  const texts = (field: string): string[] => listAt(resource, field).filter((name) => typeof name === "string");
  return [
    {
      apiVersion,
      kind,
      plural,
      singular: textAt(resource, "singularName") || kind.toLowerCase(),
      shortNames: texts("shortNames"),
      categories: texts("categories"),
      namespaced: valueAt(resource, "namespaced") === true,
    },
  ];
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/**
 * The kinds meant by one word: a plural, singular, short or kind name in any case, `plural.group`, or a category ("all"). Throws when
 * there is none.
 */
export function kindsNamed(word: string, kinds: readonly ServedKind[]): readonly ServedKind[] {
  const wanted = word.toLowerCase();
  const byName = kinds.filter((kind) => namesOf(kind).includes(wanted));
  if (byName.length > 0) return byName.slice(0, 1);
  const byCategory = kinds.filter(({ categories }) => categories.includes(wanted));
  if (byCategory.length > 0) return byCategory;
  const nearest = similar(wanted, kinds.flatMap(namesOf));
  throw new CliError(
    `there is no kind ${JSON.stringify(word)}`,
    nearest === undefined ? "`weir kinds` lists the kinds" : `did you mean ${nearest}?`,
  );
}

/** The kind of a written object. Throws when the API does not serve it. */
export function kindOf(apiVersion: string, kind: string, kinds: readonly ServedKind[]): ServedKind {
  const found = kinds.find((served) => served.kind === kind && groupOf(served.apiVersion) === groupOf(apiVersion));
  if (found !== undefined) return found;
  const nearest = similar(
    kind,
    kinds.map((served) => served.kind),
  );
  throw new CliError(
    `there is no kind ${kind} in ${apiVersion}`,
    nearest === undefined ? "`weir kinds` lists the kinds" : `did you mean ${nearest}?`,
  );
}

function namesOf({ apiVersion, kind, plural, singular, shortNames }: ServedKind): readonly string[] {
  const group = groupOf(apiVersion);
  const plain = [plural, singular, kind.toLowerCase(), ...shortNames];
  return group === "" ? plain : [...plain, ...plain.map((name) => `${name}.${group}`)];
}

/** The path of one object, or of all objects of a kind; `namespace` undefined means all of them. */
export function pathOf(kind: ServedKind, namespace: string | undefined, name?: string): string {
  const inside = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const last = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${rootOf(kind.apiVersion)}${inside}/${kind.plural}${last}`;
}

/** "ingress.networking.k8s.io/web", as kubectl writes objects in messages. */
export function shortRef(kind: ServedKind, name: string): string {
  const group = groupOf(kind.apiVersion);
  return group === "" ? `${kind.singular}/${name}` : `${kind.singular}.${group}/${name}`;
}

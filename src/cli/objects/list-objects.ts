import { isObject, listAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { ApiClient } from "../api-client.ts";
import { pathOf, type ServedKind } from "./kinds.ts";
import type { Selection } from "./selection.ts";

/** The objects that selections mean, each with its kind. Rejects when one that is named does not exist. */
export async function listObjects(
  client: ApiClient,
  selections: readonly Selection[],
  labelSelector?: string,
): Promise<readonly Json[]> {
  const objects: Json[] = [];
  for (const { kind, namespace, name } of selections) {
    const query = name === undefined ? { labelSelector } : {};
    const found = await client.send({ method: "GET", path: pathOf(kind, namespace, name), query });
    if (name === undefined) objects.push(...listAt(found, "items").map((item) => withKind(item, kind)));
    else objects.push(found);
  }
  return objects;
}

/** Members of a list come without kind; as objects of their own they need one. */
function withKind(item: Json, { apiVersion, kind }: ServedKind): Json {
  return isObject(item) ? { apiVersion, kind, ...item } : item;
}

import { textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";

/** `/api/v1/namespaces/shop/services` is the namespace shop of `/api/v1/services`. */
export function collectionOf(path: string): { readonly path: string; readonly namespace: string | undefined } {
  const found = /^(.*)\/namespaces\/([^/]+)(\/[^/]+)$/.exec(path);
  return found === null ? { path, namespace: undefined } : { path: `${found[1]}${found[3]}`, namespace: found[2] };
}

/** Whether a request for a collection means this object: namespace, `fieldSelector` and `labelSelector` (equality and existence). */
export function selects(
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
  object: JsonObject,
): boolean {
  const { namespace } = collectionOf(path);
  if (namespace !== undefined && textAt(object, "metadata", "namespace") !== namespace) return false;
  const fields = terms(query.get("fieldSelector")).every(({ name, isEqual, value }) => {
    return (textAt(object, ...name.split(".")) === value) === isEqual;
  });
  const labels = terms(query.get("labelSelector")).every(({ name, isEqual, value }) => {
    const label = textAt(object, "metadata", "labels", name);
    return value === undefined ? label !== undefined : (label === value) === isEqual;
  });
  return fields && labels;
}

interface Term {
  readonly name: string;
  readonly isEqual: boolean;
  /** Undefined where the name alone is asked for. */
  readonly value: string | undefined;
}

function terms(selector: string | null): Term[] {
  return (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [name = "", value] = term.split(/!?=/);
      return { name, isEqual: !term.includes("!="), value };
    });
}

import { definitionOf } from "../../admission/kinds.ts";
import { groupOf, type ObjectRef } from "../../model/source-object.ts";

/**
 * The server-relative path of an object.
 * @param apiVersion the one in which the server gave the object.
 */
export function objectPath(object: ObjectRef, apiVersion: string): string | undefined {
  const definition = definitionOf(object.group, object.kind);
  if (definition === undefined || groupOf(apiVersion) !== object.group) return undefined;
  const base = object.group === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const room = definition.namespaced ? `/namespaces/${encodeURIComponent(object.namespace)}` : "";
  return `${base}${room}/${definition.plural}/${encodeURIComponent(object.name)}`;
}

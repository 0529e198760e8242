import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";

/** Where kubectl keeps what was applied last; the same place, so that both can be used on one object. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The merge patch (RFC 7386) that brings `live` to what `wanted` says: fields that `applied`, the earlier wanted state, had and `wanted`
 * no longer has are removed; fields that others set stay. Lists are taken whole. Undefined where nothing is to be done.
 */
export function threeWayPatch(applied: JsonObject, wanted: JsonObject, live: JsonObject): JsonObject | undefined {
  const patch: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const current = live[name];
    const before = applied[name];
    if (isObject(value) && isObject(current)) {
      const inner = threeWayPatch(isObject(before) ? before : {}, value, current);
      if (inner !== undefined) patch[name] = inner;
    } else if (!isDeepStrictEqual(value, current)) patch[name] = value;
  }
  for (const name of Object.keys(applied)) {
    if (wanted[name] === undefined && live[name] !== undefined) patch[name] = null;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The object with a note of what is applied now, in kubectl's form. */
export function withLastApplied(wanted: JsonObject): JsonObject {
  const bare = withoutLastApplied(wanted);
  const metadata = isObject(bare.metadata) ? bare.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const note = `${JSON.stringify({ ...bare, metadata: { ...metadata, annotations } })}\n`;
  return { ...bare, metadata: { ...metadata, annotations: { ...annotations, [lastAppliedAnnotation]: note } } };
}

export function withoutLastApplied(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return object;
  const { [lastAppliedAnnotation]: _note, ...annotations } = metadata.annotations;
  return { ...object, metadata: { ...metadata, annotations } };
}

/** What was applied to this object last; empty where nobody noted it. */
export function lastApplied(live: JsonObject): JsonObject {
  const annotations = isObject(live.metadata) && isObject(live.metadata.annotations) ? live.metadata.annotations : {};
  const note = annotations[lastAppliedAnnotation];
  if (typeof note !== "string") return {};
  try {
    const parsed: Json = JSON.parse(note);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

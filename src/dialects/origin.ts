import type { FieldPath, Provenance } from "../model/provenance.ts";
import { refOf, type SourceObject } from "../model/source-object.ts";

/** Where a node made from an object comes from. */
export function origin(object: SourceObject, ...path: FieldPath): Provenance {
  return { source: object.source, object: refOf(object), path };
}

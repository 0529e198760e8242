import { textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { Cursor, ListPosition } from "../../sources/store/store.ts";
import { badRequest } from "../api-error.ts";

/** Where a list that was cut short goes on. */
export interface Continuation {
  readonly at: Cursor;
  readonly after: ListPosition;
}

/** Opaque to clients. It grants nothing: whoever sends it has to be allowed to list. */
export function formatContinue({ at, after }: Continuation): string {
  const { namespace, name, scope } = after;
  return Buffer.from(JSON.stringify({ at, namespace, name, scope })).toString("base64url");
}

export function parseContinue(token: string): Continuation {
  let content: Json = null;
  try {
    content = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    // Answered below, like a token that is JSON of another shape.
  }
  const [at, namespace, name, scope] = ["at", "namespace", "name", "scope"].map((field) => textAt(content, field));
  if (at === undefined || namespace === undefined || name === undefined || scope === undefined) {
    throw badRequest("continue key is not valid");
  }
  return { at, after: { namespace, name, scope } };
}

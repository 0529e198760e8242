import { listAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { HeaderEdits, HeaderValue } from "../../model/step.ts";

/** Reads an HTTPHeaderFilter; names are in lower case. */
export function readHeaderEdits(filter: Json | undefined): HeaderEdits {
  return {
    set: listAt(filter, "set").flatMap(readHeader),
    add: listAt(filter, "add").flatMap(readHeader),
    remove: listAt(filter, "remove").flatMap((name) => (typeof name === "string" ? [name.toLowerCase()] : [])),
  };
}

function readHeader(header: Json): HeaderValue[] {
  const name = textAt(header, "name");
  return name === undefined ? [] : [{ name: name.toLowerCase(), value: textAt(header, "value") ?? "" }];
}

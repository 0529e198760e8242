import { textAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";

/** Weir's own version in an answer of /version, which speaks of the Kubernetes API first: "v1.34.0+weir-0.1.0". */
export function weirVersion(answer: Json): string {
  const written = textAt(answer, "gitVersion") ?? "";
  return /\+weir-(.+)$/.exec(written)?.[1] ?? written;
}

import type { Grant } from "../../model/grant.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";

/** Every direction that a ReferenceGrant permits: each `from` with each `to`. */
export function readGrants(object: SourceObject): readonly Grant[] {
  const grants: Grant[] = [];
  for (const from of listAt(object.body, "spec", "from")) {
    const source = {
      group: textAt(from, "group") ?? "",
      kind: textAt(from, "kind") ?? "",
      namespace: textAt(from, "namespace") ?? "",
    };
    for (const to of listAt(object.body, "spec", "to")) {
      const target = { group: textAt(to, "group") ?? "", kind: textAt(to, "kind") ?? "" };
      const name = textAt(to, "name");
      grants.push({
        namespace: object.namespace,
        from: source,
        to: name === undefined || name === "" ? target : { ...target, name },
      });
    }
  }
  return grants;
}

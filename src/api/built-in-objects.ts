import type { KindDefinition } from "../admission/kind-definition.ts";
import type { JsonObject, ObjectRef } from "../model/source-object.ts";

/** The namespace `default`, which every client takes for granted. It becomes an ordinary object with the first write to it. */
export function builtInObjects(
  definitions: readonly KindDefinition[],
): readonly { ref: ObjectRef; body: JsonObject }[] {
  if (!definitions.some(({ group, kind }) => group === "" && kind === "Namespace")) return [];
  const name = "default";
  return [
    {
      ref: { group: "", kind: "Namespace", namespace: "", name, scope: "" },
      body: {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name,
          uid: "00000000-0000-8000-8000-000000000001",
          generation: 1,
          labels: { "kubernetes.io/metadata.name": name },
        },
        status: { phase: "Active" },
      },
    },
  ];
}

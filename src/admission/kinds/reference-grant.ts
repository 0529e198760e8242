import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { groupName, kindNameField, namespaceName, objectName } from "../fields/names.ts";
import { list, object } from "../shape.ts";

const from = object(
  "Objects that may refer.",
  {
    group: groupName("API group of the referring objects; empty for the core group."),
    kind: kindNameField("Kind of the referring objects."),
    namespace: namespaceName("Namespace of the referring objects."),
  },
  { required: ["group", "kind", "namespace"] },
);

const to = object(
  "Objects of this namespace that may be referred to.",
  {
    group: groupName("API group of the objects; empty for the core group."),
    kind: kindNameField("Kind of the objects."),
    name: objectName("Name of the object; all of the kind if empty."),
  },
  { required: ["group", "kind"] },
);

const spec = object(
  "Who may refer to what.",
  {
    from: list("Objects that may refer.", from, { minItems: 1, maxItems: 16 }),
    to: list("Objects that may be referred to.", to, { minItems: 1, maxItems: 16 }),
  },
  { required: ["from", "to"] },
);

/** Gateway API v1.6. */
export const referenceGrant = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1", "v1beta1"],
  kind: "ReferenceGrant",
  plural: "referencegrants",
  singular: "referencegrant",
  shortNames: ["refgrant"],
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: false,
  description: "Allows objects of other namespaces to refer to objects of this one.",
  fields: { spec },
  required: ["spec"],
  columns: [ageColumn],
});

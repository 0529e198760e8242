import { flag, int64, keyed, list, map, object, type Shape, set, text } from "../shape.ts";

export const apiVersion = text("API group and version of the object's definition.");

export const kindName = text("The kind of the object.");

const time = (description: string): Shape => text(description, { format: "date-time" });

const ownerReference = object(
  "An object this one belongs to; it goes when its owners are gone.",
  {
    apiVersion: text("API group and version of the owner."),
    blockOwnerDeletion: flag("Whether the owner stays until this object is gone."),
    controller: flag("Whether the owner is the one that manages this object."),
    kind: text("Kind of the owner."),
    name: text("Name of the owner."),
    uid: text("Identity of the owner."),
  },
  { required: ["apiVersion", "kind", "name", "uid"], "x-kubernetes-map-type": "atomic" },
);

const managedFieldsEntry = object("The fields one writer set last.", {
  apiVersion: text("The version in which the fields are named."),
  fieldsType: text("Format of the field set: FieldsV1."),
  fieldsV1: object("The field set.", {}, { "x-kubernetes-preserve-unknown-fields": true }),
  manager: text("Name of the writer."),
  operation: text("Apply or Update."),
  subresource: text("The subresource through which the fields were written."),
  time: time("When the writer last changed its fields."),
});

/** Kubernetes ObjectMeta (meta/v1). */
export const objectMeta: Shape = object("Name, labels and bookkeeping of the object.", {
  annotations: map("Notes for tools; they do not select objects.", text("The note.")),
  creationTimestamp: { ...time("When the object was created; set by the server."), nullable: true },
  deletionGracePeriodSeconds: int64("Time given to the object to end; set by the server."),
  deletionTimestamp: { ...time("When the object will be gone; set by the server."), nullable: true },
  finalizers: set("Names of those who must act before the object goes.", text("One name."), {
    "x-kubernetes-patch-strategy": "merge",
  }),
  generateName: text("Prefix from which the server makes a unique name, if `name` is empty."),
  generation: int64("Number of the wanted state; set by the server."),
  labels: map("Names and values by which objects are selected.", text("The value.")),
  managedFields: list("Who set which fields; kept by the server.", managedFieldsEntry),
  name: text("Name of the object, unique for its kind within the namespace."),
  namespace: text("Namespace of the object; empty for cluster-wide kinds."),
  ownerReferences: keyed("The objects this one belongs to.", ["uid"], ownerReference, {
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "uid",
  }),
  resourceVersion: text("Opaque version for optimistic locking; set by the server."),
  selfLink: text("No longer used."),
  uid: text("Identity of the object over its life; set by the server."),
});

import { ageColumn, conditionColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { conditions, pendingConditions } from "../fields/conditions.ts";
import { listenerStatuses, listeners } from "../fields/listeners.ts";
import { groupName, kindNameField, namespaceName, objectName } from "../fields/names.ts";
import { object } from "../shape.ts";

const spec = object(
  "The wanted listeners.",
  {
    listeners: listeners("Listeners added to the Gateway."),
    parentRef: object(
      "The Gateway the listeners are added to.",
      {
        group: groupName("API group of the parent.", { default: "gateway.networking.k8s.io" }),
        kind: kindNameField("Kind of the parent.", { default: "Gateway" }),
        name: objectName("Name of the parent."),
        namespace: namespaceName("Namespace of the parent; the ListenerSet's own by default."),
      },
      { required: ["name"] },
    ),
  },
  { required: ["listeners", "parentRef"] },
);

const pending = pendingConditions("Accepted", "Programmed");

const status = object(
  "What the controller says about the ListenerSet.",
  {
    conditions: conditions("What is known about the ListenerSet.", { maxItems: 8, default: pending }),
    listeners: listenerStatuses,
  },
  { default: { conditions: pending } },
);

/** Gateway API v1.6. */
export const listenerSet = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1"],
  kind: "ListenerSet",
  plural: "listenersets",
  singular: "listenerset",
  shortNames: ["lset"],
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  description: "Listeners that are added to a Gateway, by others than its owner.",
  fields: { spec, status },
  required: ["spec"],
  columns: [conditionColumn("Accepted"), conditionColumn("Programmed"), ageColumn],
});

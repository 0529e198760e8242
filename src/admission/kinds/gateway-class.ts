import { ageColumn, conditionColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { conditions, pendingConditions } from "../fields/conditions.ts";
import { controllerPattern, groupName, kindNameField, namespaceName, objectName } from "../fields/names.ts";
import { immutable } from "../rules/immutable.ts";
import { keyed, object, text } from "../shape.ts";

const spec = object(
  "Who implements the class.",
  {
    controllerName: text("Name of the controller.", { minLength: 1, maxLength: 253, pattern: controllerPattern }),
    description: text("What the class is for.", { maxLength: 64 }),
    parametersRef: object(
      "More settings, in an object of the implementation.",
      {
        group: groupName("API group of the object; empty for the core group."),
        kind: kindNameField("Kind of the object."),
        name: objectName("Name of the object."),
        namespace: namespaceName("Namespace of the object, if it has one."),
      },
      { required: ["group", "kind", "name"] },
    ),
  },
  { required: ["controllerName"] },
);

const pending = pendingConditions("Accepted");

const status = object(
  "What the controller says about the class.",
  {
    conditions: conditions("What is known about the class.", { maxItems: 8, default: pending }),
    supportedFeatures: keyed(
      "Features of the Gateway API the controller supports.",
      ["name"],
      object("A feature.", { name: text("Name of the feature.") }, { required: ["name"] }),
      { maxItems: 64 },
    ),
  },
  { default: { conditions: pending } },
);

/** Gateway API v1.6. */
export const gatewayClass = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1", "v1beta1"],
  kind: "GatewayClass",
  plural: "gatewayclasses",
  singular: "gatewayclass",
  shortNames: ["gc"],
  categories: ["gateway-api"],
  namespaced: false,
  hasStatus: true,
  description: "A class of Gateways, implemented by one controller.",
  fields: { spec, status },
  required: ["spec"],
  updateRules: [immutable("spec", "controllerName")],
  columns: [
    textColumn("Controller", "Name of the controller.", "spec", "controllerName"),
    conditionColumn("Accepted"),
    ageColumn,
    { ...textColumn("Description", "What the class is for.", "spec", "description"), priority: 1 },
  ],
});

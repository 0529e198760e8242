import {
  backendNeedsPort,
  parentRefsDistinct,
  parentRefsUnique,
  targetRefsDistinct,
  targetRefsUnique,
} from "../rules/references.ts";
import { int32, list, object, type Shape } from "../shape.ts";
import { groupName, kindNameField, namespaceName, objectName, portNumber, sectionName } from "./names.ts";

/** References of the Gateway API (sigs.k8s.io/gateway-api, shared types). */

const gatewayGroup = "gateway.networking.k8s.io";

const parentRef = object(
  "The object a route attaches to, usually a Gateway.",
  {
    group: groupName("API group of the parent.", { default: gatewayGroup }),
    kind: kindNameField("Kind of the parent.", { default: "Gateway" }),
    name: objectName("Name of the parent."),
    namespace: namespaceName("Namespace of the parent; the route's own by default."),
    port: portNumber("Attach only to listeners on this port."),
    sectionName: sectionName("Attach only to the listener of this name."),
  },
  { required: ["name"] },
);

export const parentRefs = list("Where the route attaches.", parentRef, {
  maxItems: 32,
  rules: [parentRefsDistinct, parentRefsUnique],
});

const backendFields = {
  group: groupName("API group of the backend; empty for the core group.", { default: "" }),
  kind: kindNameField("Kind of the backend.", { default: "Service" }),
  name: objectName("Name of the backend."),
  namespace: namespaceName("Namespace of the backend; other namespaces need a ReferenceGrant."),
  port: portNumber("Port of the Service; required for a Service."),
};

/** One backend without a weight, as mirrors and authentication services name it. */
export const backendObjectRef = (description: string): Shape =>
  object(description, backendFields, { required: ["name"], rules: [backendNeedsPort] });

/** One of several weighted backends. */
export const backendRef = (more: Readonly<Record<string, Shape>> = {}): Shape =>
  object(
    "A backend and its share of the requests.",
    {
      ...more,
      ...backendFields,
      weight: int32("Share of the requests, relative to the sum of all weights; 0 sends none.", {
        default: 1,
        minimum: 0,
        maximum: 1_000_000,
      }),
    },
    { required: ["name"], rules: [backendNeedsPort] },
  );

export const secretRef = (description: string): Shape =>
  object(
    description,
    {
      group: groupName("API group of the object; empty for the core group.", { default: "" }),
      kind: kindNameField("Kind of the object.", { default: "Secret" }),
      name: objectName("Name of the object."),
      namespace: namespaceName("Namespace of the object; other namespaces need a ReferenceGrant."),
    },
    { required: ["name"] },
  );

/** A reference that may cross namespaces and names its kind in full. */
export const objectRef = (description: string): Shape =>
  object(
    description,
    {
      group: groupName("API group of the object; empty for the core group."),
      kind: kindNameField("Kind of the object."),
      name: objectName("Name of the object."),
      namespace: namespaceName("Namespace of the object."),
    },
    { required: ["group", "kind", "name"] },
  );

/** A reference within the namespace. */
export const localObjectRef = (description: string): Shape =>
  object(
    description,
    {
      group: groupName("API group of the object; empty for the core group."),
      kind: kindNameField("Kind of the object."),
      name: objectName("Name of the object."),
    },
    { required: ["group", "kind", "name"] },
  );

export const policyTargetRefs = (description: string, targets: Shape): Shape =>
  list(description, targets, { minItems: 1, maxItems: 16, rules: [targetRefsDistinct, targetRefsUnique] });

/** A policy's target: an object of the same namespace, or one section of it. */
export const policyTargetRef: Shape = object(
  "The object the policy acts on.",
  {
    group: groupName("API group of the target; empty for the core group."),
    kind: kindNameField("Kind of the target."),
    name: objectName("Name of the target."),
    sectionName: sectionName("Only this listener, port or rule of the target."),
  },
  { required: ["group", "kind", "name"] },
);

/** The parent as it is repeated in a status. */
export const statusParentRef = (description: string): Shape => ({ ...parentRef, description });

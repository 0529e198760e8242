import { list, object, type Shape, text } from "../shape.ts";
import { conditions } from "./conditions.ts";
import { controllerPattern } from "./names.ts";
import { statusParentRef } from "./references.ts";

const controllerName = text("The controller that wrote this entry.", {
  minLength: 1,
  maxLength: 253,
  pattern: controllerPattern,
});

/** Status of every kind of route: one entry for each parent and controller. */
export const routeStatus: Shape = object(
  "What the controllers of the route's parents say about it.",
  {
    parents: list(
      "One entry for each parent.",
      object(
        "The route as seen by one parent.",
        {
          conditions: conditions("Whether the parent accepted the route and could resolve its references.", {
            minItems: 1,
            maxItems: 8,
          }),
          controllerName,
          parentRef: statusParentRef("The parent this entry is about."),
        },
        { required: ["conditions", "controllerName", "parentRef"] },
      ),
      { maxItems: 32 },
    ),
  },
  { required: ["parents"] },
);

/** Status of a policy (GEP-713): one entry for each ancestor it acts through. */
export const policyStatus: Shape = object(
  "What controllers say about the policy.",
  {
    ancestors: list(
      "One entry for each Gateway or other ancestor through which the policy acts.",
      object(
        "The policy as seen from one ancestor.",
        {
          ancestorRef: statusParentRef("The ancestor this entry is about."),
          conditions: conditions("Whether the policy is accepted there.", { minItems: 1, maxItems: 8 }),
          controllerName,
        },
        { required: ["ancestorRef", "conditions", "controllerName"] },
      ),
      { maxItems: 16 },
    ),
  },
  { required: ["ancestors"] },
);

import { testGoldens } from "../testing/golden.ts";
import { describePlan } from "./testing/describe-plan.ts";
import { worldOf } from "./testing/world.ts";
import { nodesWritten } from "./testing/written-nodes.ts";

/** Which parts of the plan a golden is about; the others are left out of what it expects. */
function isPartOfPlan(part: string, options: unknown): boolean {
  return !Array.isArray(options) || options.includes(part);
}

testGoldens(new URL("goldens/", import.meta.url), ({ input, options }) => {
  const described = describePlan(worldOf(nodesWritten(input)).plan);
  return Object.fromEntries(Object.entries(described ?? {}).filter(([part]) => isPartOfPlan(part, options)));
});

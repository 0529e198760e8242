import type { Step } from "../../model/step.ts";
import { accessAfterToken, accessBeforeToken } from "./access.ts";
import { cors } from "./cors.ts";
import type { HttpFilterSlot } from "./filter.ts";
import { jwt } from "./jwt.ts";
import { router } from "./router.ts";
import { session } from "./session.ts";

/**
 * Every HTTP filter, in the one order in which all connection managers run them. Changing it changes every listener. A filter module that is missing
 * here fails a test.
 */
export const httpFilters: readonly HttpFilterSlot[] = [cors, accessBeforeToken, jwt, accessAfterToken, session, router];

/** Who carries out each kind of step; a new kind of step does not compile until it has its place here. */
export const carriedOutBy: Readonly<Record<Step["kind"], "route" | readonly HttpFilterSlot[]>> = {
  deny: "route",
  cors: [cors],
  jwt: [jwt],
  authorize: [accessBeforeToken, accessAfterToken],
  "request-headers": "route",
  "response-headers": "route",
  mirror: "route",
};

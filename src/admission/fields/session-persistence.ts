import { cookieConfigNeedsCookie, permanentCookieNeedsTimeout } from "../rules/route-rules.ts";
import { choice, object, text } from "../shape.ts";
import { duration } from "./names.ts";

/** GEP-1619, experimental channel. */
export const sessionPersistence = object(
  "Keeps the requests of one session on one endpoint.",
  {
    absoluteTimeout: duration("Longest life of a session."),
    cookieConfig: object("How the session cookie is made.", {
      lifetimeType: choice("Whether the cookie outlives the browser session.", ["Permanent", "Session"], {
        default: "Session",
      }),
    }),
    sessionName: text("Name of the cookie or header.", { maxLength: 128 }),
    type: choice("What carries the session.", ["Cookie", "Header"], { default: "Cookie" }),
  },
  { rules: [permanentCookieNeedsTimeout, cookieConfigNeedsCookie] },
);

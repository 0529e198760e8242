import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import { CorsPolicySchema, CorsSchema } from "../../envoy/generated/envoy/extensions/filters/http/cors/v3/cors_pb.ts";
import type { StringMatcherSchema } from "../../envoy/generated/envoy/type/matcher/v3/string_pb.ts";
import { diagnose } from "../../model/diagnostic.ts";
import type { Cors } from "../../model/step.ts";
import { quoteExpression } from "../check/regular-expression.ts";
import type { HttpFilterSlot } from "./filter.ts";

const name = "envoy.filters.http.cors";

/** Answers preflight requests itself, which is why it stands before everything that asks for credentials: browsers send none with them. */
export const cors: HttpFilterSlot = {
  name,
  inChain: { name, disabled: true, configType: { case: "typedConfig", value: packAny(CorsSchema, {}) } },
  forRule: ({ steps }) => {
    const [step, second] = steps.filter((candidate) => candidate.kind === "cors");
    if (step === undefined) return undefined;
    if (second !== undefined) {
      const message = "two CORS policies apply to the rule, and a browser can be told only one";
      return { kind: "problem", diagnostics: [diagnose("WR0303", second.origin, message)] };
    }
    return { kind: "on", config: packAny(CorsPolicySchema, corsPolicy(step)) };
  },
};

function corsPolicy(step: Cors): MessageInitShape<typeof CorsPolicySchema> {
  return {
    allowOriginStringMatch: step.allowOrigins.map(originMatcher),
    allowMethods: step.allowMethods.join(","),
    allowHeaders: step.allowHeaders.join(","),
    exposeHeaders: step.exposeHeaders.join(","),
    maxAge: step.maxAgeSeconds === undefined ? "" : String(step.maxAgeSeconds),
    allowCredentials: step.allowCredentials,
    // A preflight from another origin is answered without permission; the backend never sees it.
    forwardNotMatchingPreflights: false,
  };
}

/** An origin as written: exact, "*", or with "*" in the host, which stands for any number of labels. */
function originMatcher(origin: string): MessageInitShape<typeof StringMatcherSchema> {
  if (origin === "*") return { matchPattern: { case: "safeRegex", value: { regex: ".*" } } };
  if (!origin.includes("*")) return { matchPattern: { case: "exact", value: origin } };
  const regex = origin.split("*").map(quoteExpression).join("[^/?#@]+");
  return { matchPattern: { case: "safeRegex", value: { regex } } };
}

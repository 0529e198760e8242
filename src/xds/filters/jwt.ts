import { create } from "@bufbuild/protobuf";
import { packAny, typeUrl } from "../../envoy/any.ts";
import {
  JwtAuthenticationSchema,
  JwtProviderSchema,
  PerRouteConfigSchema,
} from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { JwtProvider, JwtStep, Step } from "../../model/step.ts";
import { encodeChecked } from "../check/checked-encoding.ts";
import { keySetProblem, keyUrlProblem } from "../check/key-set.ts";
import { aggregatedDiscovery } from "../config-source.ts";
import type { HttpFilterSlot } from "./filter.ts";
import { claimsMetadataKey, requirementName, TOKEN_EXTENSION } from "./jwt-names.ts";
import { tokenProvider } from "./jwt-provider.ts";

/**
 * Verifies tokens. Providers and their keys can only stand in the filter itself, so the filter's configuration is a resource of its own (see jwt-extension.ts) and a
 * rule names what it requires. A requirement that is not there answers 403, a missing resource 500: nothing passes unverified.
 */
export const jwt: HttpFilterSlot = {
  name: TOKEN_EXTENSION,
  inChain: {
    name: TOKEN_EXTENSION,
    disabled: true,
    configType: {
      case: "configDiscovery",
      value: { configSource: aggregatedDiscovery, typeUrls: [typeUrl(JwtAuthenticationSchema)] },
    },
  },
  forRule: ({ steps }) => {
    const mine = tokenSteps(steps);
    if (mine.length === 0) return undefined;
    const diagnostics = mine.flatMap(tokenProblems);
    if (diagnostics.length > 0) return { kind: "problem", diagnostics };
    const requirement = { case: "requirementName" as const, value: requirementName(mine) };
    return {
      kind: "on",
      config: packAny(PerRouteConfigSchema, { requirementSpecifier: requirement }),
      extension: TOKEN_EXTENSION,
    };
  },
};

export function tokenSteps(steps: readonly Step[]): readonly JwtStep[] {
  return steps.filter((step) => step.kind === "jwt");
}

/** What Envoy would refuse of a provider: it would refuse those of all other rules with it. */
function providerProblems(step: JwtStep, provider: JwtProvider): readonly string[] {
  const message = create(JwtProviderSchema, tokenProvider(provider, claimsMetadataKey(step, provider.name)));
  const encoded = encodeChecked(JwtProviderSchema, message);
  return encoded.kind === "encoded" ? [] : encoded.problems.map((problem) => problem.message);
}

/** Why a step cannot be enforced; nothing for those that can. */
export function tokenProblems(step: JwtStep): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (step.providers.length === 0) diagnostics.push(diagnose("WR0402", step.origin, "no token provider is named"));
  for (const provider of step.providers) {
    const keys = provider.keys.kind === "inline" ? keySetProblem(provider.keys.jwks) : keyUrlProblem(provider.keys.url);
    const found = keys === undefined ? providerProblems(step, provider) : [keys];
    for (const problem of found) diagnostics.push(diagnose("WR0402", provider.origin, problem));
  }
  return diagnostics;
}

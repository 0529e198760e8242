import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import {
  JwtAuthenticationSchema,
  type JwtRequirementSchema,
} from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { JwtStep } from "../../model/step.ts";
import { tokenProblems } from "./jwt.ts";
import { claimsMetadataKey, requirementName } from "./jwt-names.ts";
import { tokenProvider } from "./jwt-provider.ts";

type ProviderInit = ReturnType<typeof tokenProvider>;
type Configuration = MessageShape<typeof JwtAuthenticationSchema>;
type RequirementInit = MessageInitShape<typeof JwtRequirementSchema>;

export interface TokenConfiguration {
  readonly init: MessageInitShape<typeof JwtAuthenticationSchema>;
  /** Clusters from which keys are fetched. */
  readonly clusters: readonly string[];
}

/**
 * The providers and requirements of everything that rules of one class of proxies ask for. Steps that cannot be enforced are left out, since one bad
 * provider would make Envoy refuse them all; their rules answer 500.
 * @param requirements the JWT steps of a rule, for each different list of them.
 */
export function tokenConfiguration(requirements: readonly (readonly JwtStep[])[]): TokenConfiguration {
  const providers: Record<string, ProviderInit> = {};
  const requirementMap: Record<string, RequirementInit> = {};
  const clusters = new Set<string>();
  for (const steps of requirements) {
    if (steps.some((step) => tokenProblems(step).length > 0)) continue;
    for (const step of steps) {
      for (const provider of step.providers) {
        const key = claimsMetadataKey(step, provider.name);
        providers[key] = tokenProvider(provider, key);
        if (provider.keys.kind === "remote") clusters.add(provider.keys.backend);
      }
      // Also by itself, so that a rule which takes on a second requirement is never without its first one.
      requirementMap[requirementName([step])] = oneStep(step);
    }
    if (steps.length > 1) {
      requirementMap[requirementName(steps)] = {
        requiresType: { case: "requiresAll", value: { requirements: steps.map(oneStep) } },
      };
    }
  }
  return { init: { providers, requirementMap }, clusters: [...clusters].sort() };
}

/**
 * A configuration with the requirements of `former` that it lacks, and the providers of these; a provider that is in both stays as it is in the first.
 * Undefined where it lacks none.
 */
export function withPartsOf(config: Configuration, former: Configuration): Configuration | undefined {
  const gone = Object.keys(former.requirementMap).filter((name) => !(name in config.requirementMap));
  if (gone.length === 0) return undefined;
  return create(JwtAuthenticationSchema, {
    ...config,
    providers: { ...former.providers, ...config.providers },
    requirementMap: { ...former.requirementMap, ...config.requirementMap },
  });
}

/** Any of the providers suffices. */
function oneStep(step: JwtStep): RequirementInit {
  const requirements = step.providers.map(
    ({ name }): RequirementInit => ({
      requiresType: { case: "providerName", value: claimsMetadataKey(step, name) },
    }),
  );
  if (step.allowMissing) requirements.push({ requiresType: { case: "allowMissing", value: {} } });
  const [only] = requirements;
  if (requirements.length === 1 && only !== undefined) return only;
  return { requiresType: { case: "requiresAny", value: { requirements } } };
}

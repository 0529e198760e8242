import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  JwtAuthenticationSchema,
  JwtProviderSchema,
  JwtRequirementSchema,
} from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { JwtProvider, JwtStep } from "../../model/step.ts";
import { milliseconds, seconds } from "../duration.ts";
import { tokenProblems } from "./jwt.ts";
import { claimsMetadataKey, requirementName } from "./jwt-names.ts";

type ProviderInit = MessageInitShape<typeof JwtProviderSchema>;
type RequirementInit = MessageInitShape<typeof JwtRequirementSchema>;

/** How long one request for keys may take, in milliseconds. */
const FETCH_TIMEOUT = 5_000;
const FETCH_RETRIES = 3;

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

function tokenProvider(provider: JwtProvider, key: string): ProviderInit {
  const named = provider.fromHeaders.length > 0 || provider.fromQueryParameters.length > 0;
  return {
    issuer: provider.issuer,
    audiences: [...provider.audiences],
    jwksSourceSpecifier: keySource(provider),
    forward: provider.forward,
    // Envoy would also look into the query parameter access_token; tokens do not belong into addresses.
    fromHeaders: named
      ? provider.fromHeaders.map(({ name, prefix }) => ({ name, valuePrefix: prefix }))
      : [{ name: "Authorization", valuePrefix: "Bearer " }],
    fromParams: [...provider.fromQueryParameters],
    payloadInMetadata: key,
    claimToHeaders: provider.claimsToHeaders.map(({ claim, header }) => ({ headerName: header, claimName: claim })),
  };
}

function keySource({ keys }: JwtProvider): NonNullable<ProviderInit["jwksSourceSpecifier"]> {
  if (keys.kind === "inline") {
    return { case: "localJwks", value: { specifier: { case: "inlineString", value: keys.jwks } } };
  }
  return {
    case: "remoteJwks",
    value: {
      httpUri: {
        uri: keys.url,
        httpUpstreamType: { case: "cluster", value: keys.backend },
        timeout: milliseconds(FETCH_TIMEOUT),
      },
      cacheDuration: seconds(keys.cacheSeconds),
      // Fetched once by the main thread and ahead of time, not by each worker when the first request comes; nothing waits for a slow server.
      asyncFetch: { fastListener: true },
      retryPolicy: { numRetries: FETCH_RETRIES },
    },
  };
}

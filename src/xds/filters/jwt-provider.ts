import type { JwtProviderSchema } from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import type { JwtProvider } from "../../model/step.ts";
import { milliseconds, seconds } from "../duration.ts";
import type { Init } from "../message-init.ts";

type ProviderInit = Init<typeof JwtProviderSchema>;

/** How long one request for keys may take, in milliseconds. */
const FETCH_TIMEOUT = 5_000;
const FETCH_RETRIES = 3;

/** @param key the metadata key of the claims, which is also the provider's name. */
export function tokenProvider(provider: JwtProvider, key: string): ProviderInit {
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

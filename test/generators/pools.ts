import fc from "fast-check";

/** The few names that worlds are made of, so that objects refer to, shadow and replace each other often. */
export const namespaces = ["shop", "team"] as const;
export const serviceNames = ["web", "api", "cart", "pay"] as const;
export const secretNames = ["tls-a", "tls-b", "tls-c"] as const;
export const gatewayNames = ["edge", "inner"] as const;
export const listenerSetNames = ["set-0", "set-1"] as const;
export const routeNames = ["r0", "r1", "r2", "r3", "r4", "r5"] as const;

/** Ports of listeners; live tests map them to free ones. Those for UDP are in no other use. */
export const writtenPorts = [80, 443, 5353, 5354, 5432, 5433, 8080, 8081, 8443, 8444, 50_051] as const;

/** The name in the certificates of backends, and one that no backend can prove. */
export const backendNames = ["backend.test", "stranger.test"] as const;

export const exactHosts = ["shop.test", "api.shop.test", "blog.test", "a.b.shop.test", "team.test"] as const;
export const wildcardHosts = ["*.shop.test", "*.team.test", "*.b.shop.test"] as const;

export const paths = ["/", "/a", "/a/b", "/a/b/c", "/ab", "/api", "/api/v1", "/x.y"] as const;
export const headerNames = ["x-version", "x-user", "Accept"] as const;
export const headerValues = ["v1", "v2", "beta"] as const;
export const queryNames = ["q", "page"] as const;
export const methods = ["GET", "POST", "PUT", "DELETE"] as const;

/** RE2 takes all of these; each matches some of the values above. */
export const valueExpressions = ["v[0-9]", "v1|beta", ".*", "b.+"] as const;
export const pathExpressions = ["/a/.*", "/(api|x\\.y)(/.*)?", "/[a-z]+"] as const;

export const arbitraryNamespace = fc.constantFrom(...namespaces);
export const arbitraryExactHost = fc.constantFrom(...exactHosts);
export const arbitraryHost = fc.oneof(
  { weight: 3, arbitrary: arbitraryExactHost },
  { weight: 1, arbitrary: fc.constantFrom(...wildcardHosts) },
);
export const arbitraryPath = fc.constantFrom(...paths);
export const arbitraryAge = fc.constantFrom("", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");

/** Mostly the first, sometimes the second. */
export function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, share = 12): fc.Arbitrary<T> {
  return fc.oneof({ weight: share, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** A field that is there in `share` of the cases; absent fields are absent, not undefined. */
export function optional<T>(
  name: string,
  value: fc.Arbitrary<T>,
  share = 0.5,
): fc.Arbitrary<Readonly<Record<string, T>>> {
  const weight = Math.round(share * 100);
  return fc.oneof(
    { weight: 100 - weight, arbitrary: fc.constant<Record<string, T>>({}) },
    { weight, arbitrary: value.map((found): Record<string, T> => ({ [name]: found })) },
  );
}

import fc from "fast-check";
import { rememberingFullMatch } from "../../src/compile/pattern.ts";
import { matchesValue } from "../../src/compile/predicates.ts";
import type { PathMatch, ValueMatch } from "../../src/model/match.ts";
import type { HeaderValue } from "../../src/model/step.ts";
import {
  exactHosts,
  headerNames,
  headerValues,
  methods,
  paths,
  queryNames,
  wildcardHosts,
} from "../generators/pools.ts";
import type { RequestTarget } from "./targets.ts";

/** A request to be sent as it stands. */
export interface WorldRequest {
  readonly port: number;
  readonly secure: boolean;
  /** Undefined: TLS without a server name. */
  readonly serverName: string | undefined;
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly HeaderValue[];
  /** The client's own address, within 127.0.0.0/8. */
  readonly from: string;
  /** The certificate that the client has in hand, for where it is asked. */
  readonly certificate: ClientCertificate;
}

export type ClientCertificate = "none" | "trusted" | "strange";

/** Requests that meet one of the targets, and in each part now and then a neighbour that just does not, or only if something is tidied up. */
export function arbitraryRequest(targets: readonly RequestTarget[]): fc.Arbitrary<WorldRequest> {
  return fc
    .constantFrom(...targets)
    .chain((target) =>
      fc.record({
        port: fc.constant(target.port.clientPort),
        secure: fc.constant(target.chain.tls !== undefined),
        names: arbitraryNames(target),
        method: arbitraryMethod(target),
        path: arbitraryRequestPath(target),
        query: arbitraryQuery(target),
        headers: arbitraryHeaders(target),
        preflight: arbitraryPreflight(target),
        upgrade: odd<readonly HeaderValue[]>(fc.constant([]), fc.constantFrom(...upgrades), 25),
        from: fc.constantFrom("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        certificate: arbitraryCertificate(target),
      }),
    )
    .map(({ names, path, query, preflight, upgrade, method, headers, ...rest }) => ({
      ...rest,
      ...names,
      target: path + query,
      method: preflight.length === 0 ? method : "OPTIONS",
      headers: [...headers, ...preflight, ...upgrade],
    }));
}

const odd = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>, one = 8): fc.Arbitrary<T> =>
  fc.oneof({ weight: one, arbitrary: usual }, { weight: 1, arbitrary: unusual });

function arbitraryCertificate({ chain }: RequestTarget): fc.Arbitrary<ClientCertificate> {
  if (chain.tls?.clientValidation === undefined) return fc.constant("none");
  return odd<ClientCertificate>(fc.constant("trusted"), fc.constantFrom("none", "strange"), 3);
}

function arbitraryNames({
  host,
  chain,
}: RequestTarget): fc.Arbitrary<{ host: string; serverName: string | undefined }> {
  const name = odd(hostsUnder(host.domain), hostsUnder(...exactHosts, ...wildcardHosts, "*"), 12);
  return name.chain((plain) => {
    const written = odd(
      fc.constant(plain),
      fc.constantFrom(plain.toUpperCase(), `${plain}:80`, `${plain}.`, `${plain}:65000`),
    );
    const asked = fc.oneof(
      { weight: 8, arbitrary: fc.constant(plain) },
      { weight: 2, arbitrary: hostsUnder(...(chain.serverNames.length === 0 ? [plain] : chain.serverNames)) },
      { weight: 1, arbitrary: fc.constantFrom(undefined, "stranger.test", ...exactHosts) },
    );
    return fc.record({ host: written, serverName: asked });
  });
}

/** Host names that patterns cover. */
export function hostsUnder(...patterns: readonly string[]): fc.Arbitrary<string> {
  const names = patterns.flatMap((pattern) => {
    if (pattern === "*") return ["stranger.test", ...exactHosts];
    return pattern.startsWith("*.") ? [`w${pattern.slice(1)}`, `v.w${pattern.slice(1)}`] : [pattern];
  });
  return fc.constantFrom(...names);
}

function arbitraryMethod({ alternative }: RequestTarget): fc.Arbitrary<string> {
  const wanted = alternative.terms.flatMap(({ predicate }) => (predicate.kind === "method" ? [predicate.method] : []));
  const usual = wanted.length === 0 ? fc.constantFrom("GET", "GET", ...methods) : fc.constantFrom(...wanted);
  return odd(usual, fc.constantFrom(...methods, "HEAD", "OPTIONS", "PATCH"));
}

function arbitraryRequestPath({ alternative, host }: RequestTarget): fc.Arbitrary<string> {
  const others = host.rules.flatMap(({ value }) => value.alternatives.flatMap(({ path }) => fittingPaths(path)));
  const fitting = fc.constantFrom(...fittingPaths(alternative.path));
  const neighbour = fc.oneof(
    fc.constantFrom(...paths, ...others),
    fc.tuple(fitting, fc.constantFrom(...pathTwists), fc.nat()).map(([path, twist, where]) => twist(path, where)),
  );
  return fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 2, arbitrary: neighbour });
}

const regex = rememberingFullMatch();
const wordsInPaths = [
  ...paths,
  "/a/b/c/d",
  "/api/v1/items",
  "/x.y/z",
  "/abc",
  "/shop.Cart/Add",
  "/shop.Cart/Get",
  "/shop.Order/List",
];

function fittingPaths(match: PathMatch | undefined): readonly string[] {
  switch (match?.kind) {
    case undefined:
      return wordsInPaths;
    case "exact":
      return [match.value];
    case "segment-prefix":
    case "string-prefix": {
      const below = `${match.value.replace(/\/$/, "")}/deeper`;
      return [match.value, below];
    }
    case "regex": {
      const fitting = wordsInPaths.filter((path) => regex(match.value, path, match.ignoreCase));
      return fitting.length === 0 ? ["/"] : fitting;
    }
  }
}

/** Ways to write a path a little differently; some come to the same path once the proxy has tidied it up. */
const pathTwists: readonly ((path: string, where: number) => string)[] = [
  (path) => path.replace(/\/[^/]*$/, "") || "/",
  (path) => (path.endsWith("/") ? path.slice(0, -1) || "/" : `${path}/`),
  (path) => `${path}x`,
  (path) => path.toUpperCase(),
  (path, where) => atSlash(path, where, "//"),
  (path, where) => atSlash(path, where, "/./"),
  (path, where) => atSlash(path, where, "/gone/../"),
  (path, where) => atSlash(path, where, "/../"),
  (path, where) => atSlash(path, where, "/%2e%2E/"),
  (path, where) => `/${atSlash(path.slice(1), where, "%2F")}`,
  (path, where) => `/${atSlash(path.slice(1), where, "%2f")}`,
  (path, where) => `/${atSlash(path.slice(1), where, "%5C")}`,
  (path) => `${path}%2F`,
  (path) => `${path}\\`,
  (path) => `${path};v=1`,
  (path) => `${path}/..;x/`,
  (path) => `${path}/..`,
  (path) => `${path}/.`,
  (path) => `${path}//`,
  (path, where) => encodedAt(path, where),
  (path) => `${path}%20x`,
  (path) => `${path}%`,
  (path) => `${path}%zz`,
  (path) => `${path}%C3%A9`,
  (path) => `${path}%00`,
  (path) => `${path}|"`,
];

function atSlash(path: string, where: number, instead: string): string {
  const slashes = [...path.matchAll(/\//g)].map((match) => match.index);
  const at = slashes[where % Math.max(1, slashes.length)];
  return at === undefined ? path + instead : path.slice(0, at) + instead + path.slice(at + 1);
}

function encodedAt(path: string, where: number): string {
  const at = 1 + (where % Math.max(1, path.length - 1));
  const character = path[at];
  if (character === undefined || character === "/") return path;
  return `${path.slice(0, at)}%${character.charCodeAt(0).toString(16)}${path.slice(at + 1)}`;
}

function arbitraryQuery({ alternative }: RequestTarget): fc.Arbitrary<string> {
  const wanted = alternative.terms.flatMap(({ predicate }) =>
    predicate.kind === "query" ? [odd(part(predicate.name, predicate.value), arbitraryQueryPart)] : [],
  );
  const noise = odd(fc.constant<readonly string[]>([]), fc.array(arbitraryQueryPart, { maxLength: 2 }), 3);
  return fc
    .tuple(fc.tuple(...wanted), noise, fc.boolean())
    .map(([needed, extra, first]) => (first ? [...extra, ...needed] : [...needed, ...extra]))
    .map((parts) => (parts.length === 0 ? "" : `?${parts.join("&")}`));
}

function part(name: string, match: ValueMatch): fc.Arbitrary<string> {
  return fc.constantFrom(...fittingValues(match)).map((value) => `${name}=${value}`);
}

const arbitraryQueryPart = fc
  .tuple(
    fc.constantFrom(...queryNames, "Q", "x"),
    fc.constantFrom("=", "", ...headerValues.map((value) => `=${value}`), "=%76%31", "=v1%20", "=V1", "=/../a//b"),
  )
  .map((parts) => parts.join(""));

function fittingValues(match: ValueMatch): readonly string[] {
  const pool = [...headerValues, "v9", "b", "other", "http", "https", "trailers", "10.1.2.3", "127.0.0.2"];
  const fitting = pool.filter((value) => matchesValue(match, value, regex));
  return fitting.length > 0 ? fitting : pool;
}

function arbitraryHeaders({ alternative }: RequestTarget): fc.Arbitrary<readonly HeaderValue[]> {
  const wanted = alternative.terms.flatMap(({ predicate }) =>
    predicate.kind === "header" && !predicate.name.startsWith(":")
      ? [odd(fittingHeader(predicate.name, predicate.value), strayHeader(predicate.name))]
      : [],
  );
  const noise = odd(fc.constant<readonly HeaderValue[]>([]), fc.array(arbitraryNoise, { maxLength: 3 }), 2);
  return fc.tuple(fc.tuple(...wanted), noise).map(([needed, extra]) => [...needed.flat(), ...extra]);
}

/** Requests for another protocol, and half of one. */
const upgrades: readonly (readonly HeaderValue[])[] = [
  [
    { name: "connection", value: "keep-alive, Upgrade" },
    { name: "upgrade", value: "websocket" },
  ],
  [
    { name: "connection", value: "upgrade" },
    { name: "upgrade", value: "Other" },
  ],
  [{ name: "upgrade", value: "websocket" }],
];

/** What makes a request the question that browsers ask before another one; empty where it is none. */
function arbitraryPreflight({ planned }: RequestTarget): fc.Arbitrary<readonly HeaderValue[]> {
  if (!planned.steps.some(({ kind }) => kind === "cors")) return fc.constant([]);
  const origin = fc.constantFrom("https://shop.test", "https://a.shop.test", "https://evil.test");
  const question = origin.map((value) => [
    { name: "origin", value },
    { name: "access-control-request-method", value: "POST" },
  ]);
  return odd<readonly HeaderValue[]>(fc.constant([]), question, 3);
}

function fittingHeader(name: string, match: ValueMatch): fc.Arbitrary<readonly HeaderValue[]> {
  return fc.constantFrom(...fittingValues(match)).map((value) => [{ name, value }]);
}

/** Absent, another value, another case, empty, several lines, several values in one line. */
function strayHeader(name: string): fc.Arbitrary<readonly HeaderValue[]> {
  const [first, second] = headerValues;
  return fc.constantFrom<(readonly HeaderValue[])[]>(
    [],
    [{ name, value: "other" }],
    [{ name: name.toUpperCase(), value: first.toUpperCase() }],
    // Over HTTP/2 an empty TE is an error, and some backends speak that.
    [{ name, value: name === "te" ? "deflate" : "" }],
    [
      { name, value: "other" },
      { name, value: first },
    ],
    [{ name, value: `${first}, ${second}` }],
    [{ name, value: "deflate, trailers" }],
  );
}

const arbitraryNoise: fc.Arbitrary<HeaderValue> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ name: fc.constantFrom(...headerNames), value: fc.constantFrom(...headerValues) }),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("10.1.2.3", "192.168.1.7", "2001:db8::1", "10.1.2.3, 127.0.0.9", "nobody")
      .map((value) => ({
        name: "x-forwarded-for",
        value,
      })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<HeaderValue[]>(
      { name: "origin", value: "https://shop.test" },
      { name: "origin", value: "https://a.shop.test" },
      { name: "origin", value: "https://evil.test" },
      { name: "access-control-request-method", value: "GET" },
      { name: "x-drop", value: "me" },
      { name: "x-add", value: "some" },
      { name: "x-set", value: "old" },
      // No key ever signed this.
      { name: "authorization", value: "Bearer e30.e30.AAAA" },
    ),
  },
  { weight: 1, arbitrary: fc.constant({ name: "under_score", value: "1" }) },
);

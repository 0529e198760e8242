import fc from "fast-check";
import type { HeaderValue } from "../../../src/model/step.ts";

/** A request to be sent as it stands. */
export interface RandomRequest {
  readonly secure: boolean;
  readonly serverName: string;
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly HeaderValue[];
  /** The client's own address, within 127.0.0.0/8. */
  readonly from: string;
}

const hosts = ["b.com", "a.b.com", "a.b.com", "x.a.b.com", "y.b.com", "c.org", "c.org", "d.com", "e.net"] as const;
const segments = [
  "a",
  "b",
  "shop",
  "cart",
  "A",
  "ab",
  "x%2Fy",
  "a%2Fb",
  ".",
  "..",
  "",
  "a;p=1",
  "..;x",
  "%41",
  "t",
  "%7e",
];

const pathArb = fc.oneof(
  { arbitrary: fc.constantFrom("/", "/a", "/a/b", "/shop", "/shop/cart", "/shop/x", "/a/", "/ab", "/A"), weight: 3 },
  {
    arbitrary: fc
      .array(fc.constantFrom(...segments), { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join("/")}`),
    weight: 1,
  },
);

const queryArb = fc
  .array(fc.constantFrom("q=1", "q=beta", "q", "q=", "r=2", "r=b", "q=12", "Q=1", "x=1"), { maxLength: 3 })
  .map((parts) => (parts.length === 0 ? "" : `?${parts.join("&")}`));

const headerArb: fc.Arbitrary<HeaderValue> = fc.constantFrom(
  { name: "x-canary", value: "1" },
  { name: "x-canary", value: "beta" },
  { name: "x-canary", value: "BETA" },
  { name: "X-Canary", value: " 1 " },
  { name: "x-canary", value: "" },
  { name: "x-b", value: "tab" },
  { name: "x-b", value: "b" },
  { name: "cookie", value: "c=1" },
  { name: "cookie", value: "c=beta; d=1" },
  { name: "cookie", value: 'd="1"; c=2' },
  { name: "x-forwarded-for", value: "127.0.0.2" },
  { name: "x-forwarded-for", value: "1.2.3.4, 10.1.1.1" },
  { name: "origin", value: "https://ok.example" },
  { name: "origin", value: "https://other.example" },
  { name: "access-control-request-method", value: "GET" },
);

export const requestArb: fc.Arbitrary<RandomRequest> = fc
  .record({
    secure: fc.boolean(),
    host: fc.constantFrom(...hosts),
    serverName: fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 12 },
      { arbitrary: fc.constantFrom(...hosts), weight: 1 },
    ),
    withPort: fc.boolean(),
    method: fc.constantFrom("GET", "GET", "GET", "POST", "OPTIONS"),
    path: pathArb,
    query: queryArb,
    headers: fc.array(headerArb, { maxLength: 3 }),
    underscored: fc.oneof({ arbitrary: fc.constant(true), weight: 1 }, { arbitrary: fc.constant(false), weight: 15 }),
    from: fc.constantFrom("127.0.0.1", "127.0.0.2", "127.0.0.9"),
  })
  .map(({ secure, host, serverName, withPort, method, path, query, headers, underscored, from }) => ({
    secure,
    // Most clients ask for the host they connect to; the others show what connection reuse comes to.
    serverName: serverName ?? host,
    host: withPort ? `${host}:80` : host,
    method,
    target: path + query,
    headers: [...withOneOrigin(headers), ...(underscored ? [{ name: "under_score", value: "1" }] : [])],
    from,
  }));

/** No browser sends two. */
function withOneOrigin(headers: readonly HeaderValue[]): readonly HeaderValue[] {
  const first = headers.findIndex(({ name }) => name === "origin");
  return headers.filter((header, index) => header.name !== "origin" || index === first);
}

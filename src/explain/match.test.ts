import assert from "node:assert/strict";
import { test } from "node:test";
import { fullMatch } from "../compile/pattern.ts";
import type { Conjunction } from "../compile/plan.ts";
import { failuresOf, type RoutedRequest, shareOf } from "./match.ts";

const request: RoutedRequest = {
  method: "GET",
  scheme: "https",
  authority: "shop.example.com:8443",
  path: "/cart",
  query: "?a&b=1=2&b=3&c%20=x",
  headers: [
    { name: "x-a", value: "1" },
    { name: "x-a", value: "2" },
    { name: "cookie", value: 'd=4; c="3"' },
    { name: "cookie", value: "c=5" },
  ],
  clientAddress: "10.1.2.3",
  serverName: "shop.example.com",
  regex: fullMatch,
};

type Term = Conjunction["terms"][number]["predicate"];

const fits = (predicate: Term, negated = false): boolean =>
  failuresOf({ terms: [{ predicate, negated }] }, request).length === 0;
const exact = (value: string) => ({ kind: "exact", value }) as const;

test("values are compared as Envoy does: each header line, the first parameter as sent, the first cookie without quotes", () => {
  assert.ok(fits({ kind: "header", name: "X-A", value: exact("2") }));
  assert.ok(!fits({ kind: "header", name: "x-a", value: exact("1,2") }));
  assert.ok(fits({ kind: "header", name: ":authority", value: exact("shop.example.com:8443") }));
  assert.ok(fits({ kind: "header", name: ":path", value: exact("/cart?a&b=1=2&b=3&c%20=x") }));
  assert.ok(fits({ kind: "query", name: "a", value: exact("") }));
  assert.ok(fits({ kind: "query", name: "b", value: exact("1=2") }));
  assert.ok(!fits({ kind: "query", name: "b", value: exact("3") }));
  assert.ok(!fits({ kind: "query", name: "c ", value: { kind: "present" } }));
  assert.ok(fits({ kind: "cookie", name: "c", value: exact("3") }));
});

test("a negated condition also holds for what is not there", () => {
  assert.ok(fits({ kind: "header", name: "x-b", value: exact("1") }, true));
  assert.ok(!fits({ kind: "header", name: "x-a", value: exact("1") }, true));
  assert.ok(fits({ kind: "cookie", name: "e", value: { kind: "present" } }, true));
});

test("addresses and server names", () => {
  assert.ok(fits({ kind: "client-address", cidrs: ["10.0.0.0/8"] }));
  assert.ok(!fits({ kind: "client-address", cidrs: ["10.0.0.0/8"] }, true));
  assert.ok(fits({ kind: "server-name", names: ["*.example.com"] }));
  assert.ok(!fits({ kind: "server-name", names: ["example.com"] }));
});

test("shares are counted in millionths, as the proxy does", () => {
  const share = (numerator: number, denominator: number) =>
    shareOf({ terms: [{ predicate: { kind: "share", numerator, denominator }, negated: false }] });
  assert.deepEqual([share(1, 3), share(5, 4), share(0, 7), shareOf({ terms: [] })], [333_333, 1_000_000, 0, 1_000_000]);
});

test("a failure names the condition, what it wants and what the request has", () => {
  const alternative: Conjunction = {
    path: { kind: "segment-prefix", value: "/shop" },
    terms: [
      { predicate: { kind: "method", method: "POST" }, negated: false },
      { predicate: { kind: "header", name: "x-a", value: { kind: "regex", value: "[3-9]" } }, negated: false },
      { predicate: { kind: "cookie", name: "d", value: { kind: "present" } }, negated: true },
    ],
  };
  assert.deepEqual(failuresOf(alternative, request), [
    { test: "path", wanted: "/shop or below", actual: "/cart" },
    { test: "method", wanted: "= POST", actual: "GET" },
    { test: "header", name: "x-a", wanted: "~ [3-9]", actual: "1 | 2" },
    { test: "cookie", name: "d", wanted: "absent", actual: "4" },
  ]);
});

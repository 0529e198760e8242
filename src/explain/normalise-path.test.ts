import assert from "node:assert/strict";
import { test } from "node:test";
import type { EdgeOptions } from "../model/gateway.ts";
import { normalisePath } from "./normalise-path.ts";

const edge: EdgeOptions = {
  escapedSlashes: "keep",
  headersWithUnderscores: "allow",
  mergeSlashes: true,
  accessLog: { kind: "off" },
};

/** What Envoy 1.40 was seen to make of paths, with slashes merged and escaped ones kept. */
const measured: Readonly<Record<string, string>> = {
  "/": "/",
  "/a/../b": "/b",
  "/a/%2e%2e/b": "/b",
  "/a/.%2E/b": "/b",
  "/a/./b/.": "/a/b/",
  "/a/b/..": "/a/",
  "/..": "/",
  "/a\\b": "/a/b",
  "/a\\..\\b": "/b",
  "/a//b///c": "/a/b/c",
  "/a//../b": "/a/b",
  "//": "//",
  "//a": "/a",
  "/%41%7e%2d%5f%30": "/A~-_0",
  "/a%2Fb": "/a%2Fb",
  "/a%2F../b": "/a%2F../b",
  "/a/%252e%252e/b": "/a/%252e%252e/b",
  "/a%zz%": "/a%zz%",
  '/a|b{c}"<>^`': "/a%7Cb%7Bc%7D%22%3C%3E%5E%60",
  "/a'b[c]": "/a'b[c]",
  "/a;x/../b": "/b",
  "/a/..;x/b": "/b",
  "/a/..;x;y": "/",
  "/a/.;y/b": "/a/b",
  "/a/%2e%2e;x=1/b": "/a/..;x=1/b",
  "/a\\..;x\\b": "/a/..;x/b",
  "/a/.../..b": "/a/.../..b",
};

test("paths come out as Envoy normalises them", () => {
  for (const [path, expected] of Object.entries(measured)) {
    const outcome = normalisePath(path, edge);
    assert.equal(outcome.kind === "path" ? outcome.path : outcome.kind, expected, path);
  }
});

test("each change is told once, in the order in which it is made", () => {
  assert.deepEqual(normalisePath("/a%2F%2Fb/../c", { ...edge, escapedSlashes: "unescape-and-forward" }), {
    kind: "path",
    path: "/a/c",
    changes: [
      { what: "escaped slashes", path: "/a//b/../c" },
      { what: "dot segments", path: "/a//c" },
      { what: "repeated slashes", path: "/a/c" },
    ],
  });
});

test("escaped slashes are treated as the gateway says, and repeated ones kept where it says so", () => {
  const treated = (escapedSlashes: EdgeOptions["escapedSlashes"]) =>
    normalisePath("/a%5Cb", { ...edge, escapedSlashes });
  assert.deepEqual(treated("unescape-and-redirect"), { kind: "redirect", path: "/a/b" });
  assert.equal(treated("reject").kind, "reject");
  const kept = normalisePath("/a//b", { ...edge, mergeSlashes: false });
  assert.deepEqual(kept, { kind: "path", path: "/a//b", changes: [] });
});

test("what Envoy answers 400 is rejected", () => {
  for (const path of ["/a%00b", "/a b", "/é", "/a\u007f"]) assert.equal(normalisePath(path, edge).kind, "reject", path);
});

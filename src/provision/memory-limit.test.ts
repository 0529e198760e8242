import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../model/source-object.ts";
import { bytesOf, heapLimit } from "./memory-limit.ts";

describe("quantities", () => {
  const quantities: readonly (readonly [Json, number | undefined])[] = [
    ["512Mi", 512 * 2 ** 20],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["1G", 1e9],
    ["500M", 5e8],
    ["64k", 64_000],
    ["1E", 1e18],
    ["1e9", 1e9],
    ["1E+3", 1000],
    ["128974848", 128_974_848],
    ["128974848000m", 128_974_848],
    [".5Ki", 512],
    [4096, 4096],
    ["512mi", undefined],
    ["-1Gi", undefined],
    ["Gi", undefined],
    ["", undefined],
    [null, undefined],
  ];
  for (const [text, bytes] of quantities) {
    test(`${JSON.stringify(text)} is ${bytes} bytes`, () => assert.equal(bytesOf(text), bytes));
  }
});

describe("the heap that a memory limit leaves", () => {
  const limits = (memory: Json) => ({ limits: { memory } });
  const template = (container: Json) => ({ spec: { containers: [container] } });

  test("is most of it", () => {
    assert.equal(heapLimit({ resources: limits("1000Mi") }), 900 * 2 ** 20);
    assert.equal(heapLimit({ resources: limits("128Mi") }), 96 * 2 ** 20);
  });

  test("is not known without one, with a request only, and with one that is hardly enough to start", () => {
    assert.equal(heapLimit({}), undefined);
    assert.equal(heapLimit({ resources: { requests: { memory: "1Gi" } } }), undefined);
    assert.equal(heapLimit({ resources: limits("32Mi") }), undefined);
  });

  test("follows the template that is laid over the pod's", () => {
    const resources = limits("1000Mi");
    const envoy = { name: "envoy", resources: limits("2000Mi") };
    assert.equal(heapLimit({ resources, podTemplate: template(envoy) }), 1800 * 2 ** 20);
    const without = { name: "envoy", resources: { limits: null } };
    assert.equal(heapLimit({ resources, podTemplate: template(without) }), undefined);
    const another = { name: "sidecar", resources: limits("64Mi") };
    assert.equal(heapLimit({ resources, podTemplate: template(another) }), 900 * 2 ** 20);
  });
});

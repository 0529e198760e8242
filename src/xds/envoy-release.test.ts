import assert from "node:assert/strict";
import { test } from "node:test";
import { releaseOfImage } from "./envoy-release.ts";

const digest = "sha256:9d0e0d7b1e1f0b4a0a6ad8d5c5b1b6a70b7fd1a7c4f7dcd3bb4f64e54a5f6c11";

for (const [image, release] of [
  ["envoyproxy/envoy:distroless-v1.40.0", 40],
  ["registry.example:5000/mirror/envoy:v1.39.2", 39],
  ["registry.example/envoy:contrib-distroless-v1.38.1-3", 38],
  [`envoyproxy/envoy:v1.40.1@${digest}`, 40],
  ["envoyproxy/envoy:v1.41.0", 40],
  ["envoyproxy/envoy:v1.37.0", 38],
  ["envoyproxy/envoy:distroless-dev", 38],
  ["registry.example:1.40/envoy", 38],
  [`envoyproxy/envoy@${digest}`, 38],
  ["envoyproxy/envoy", 38],
] as const) {
  test(`${image} is sent what 1.${release} knows`, () => assert.equal(releaseOfImage(image), release));
}

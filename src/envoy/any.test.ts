import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, equals, fromBinary, type JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import { packAny, typeUrl, unpackAny } from "./any.ts";
import { encode } from "./encode.ts";
import { MetadataSchema } from "./generated/envoy/config/core/v3/base_pb.ts";
import { type Route, RouteSchema } from "./generated/envoy/config/route/v3/route_components_pb.ts";
import { RouterSchema } from "./generated/envoy/extensions/filters/http/router/v3/router_pb.ts";
import { envoyRegistry } from "./registry.ts";

const json = fc
  .dictionary(
    fc.string({ maxLength: 3 }).filter((key) => key !== "__proto__"),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 5 },
  )
  .map((value): JsonObject => JSON.parse(JSON.stringify(value)));

/** The same data with the members of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

function routeWith(metadata: Readonly<Record<string, JsonObject>>, keys: readonly string[]): Route {
  return create(RouteSchema, {
    name: "r",
    metadata: { filterMetadata: metadata },
    typedPerFilterConfig: Object.fromEntries(keys.map((key) => [key, packAny(RouterSchema, {})])),
    action: {
      case: "route",
      value: {
        clusterSpecifier: {
          case: "weightedClusters",
          value: { clusters: [{ name: "a", metadataMatch: { filterMetadata: metadata } }] },
        },
      },
    },
  });
}

describe("encode", () => {
  test("gives equal bytes for maps in any order of insertion, at any depth, and loses nothing", () => {
    const key = fc.string({ minLength: 1, maxLength: 3 }).filter((text) => text !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(key, json, { maxKeys: 4 }), fc.uniqueArray(key, { maxLength: 4 }), (metadata, keys) => {
        const one = routeWith(metadata, keys);
        const turned = Object.fromEntries(
          Object.entries(metadata)
            .toReversed()
            .map(([name, value]): [string, JsonObject] => [name, JSON.parse(JSON.stringify(reversed(value)))]),
        );
        const other = routeWith(turned, keys.toReversed());
        const bytes = encode(RouteSchema, one);
        assert.deepEqual(bytes, encode(RouteSchema, other));
        assert.ok(equals(RouteSchema, fromBinary(RouteSchema, bytes), one));
      }),
    );
  });

  test("leaves the message as it was", () => {
    const message = create(MetadataSchema, { filterMetadata: { b: { z: 1, a: 2 }, a: {} } });
    encode(MetadataSchema, message);
    assert.deepEqual(Object.keys(message.filterMetadata), ["b", "a"]);
    assert.deepEqual(Object.keys(message.filterMetadata.b ?? {}), ["z", "a"]);
  });
});

describe("packAny", () => {
  test("names the type and gives the message back, but never as another type", () => {
    const any = packAny(RouteSchema, { name: "r" });
    assert.equal(any.typeUrl, "type.googleapis.com/envoy.config.route.v3.Route");
    assert.equal(typeUrl(RouteSchema), any.typeUrl);
    assert.equal(unpackAny(RouteSchema, any)?.name, "r");
    assert.equal(unpackAny(RouterSchema, any), undefined);
  });

  test("the registry knows what is packed, and what the emitted types refer to", async () => {
    const registry = await envoyRegistry();
    for (const name of [
      "envoy.extensions.filters.http.router.v3.Router",
      "envoy.type.v3.Percent",
      "google.protobuf.Any",
    ]) {
      assert.equal(registry.getMessage(name)?.typeName, name);
    }
  });
});

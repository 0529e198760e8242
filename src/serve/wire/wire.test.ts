import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { VirtualHostSchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import {
  DeltaDiscoveryResponseSchema,
  DiscoveryResponseSchema,
} from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { type EncodedResource, typeUrls } from "../../xds/resource.ts";
import { hostBlocks } from "../../xds/routes/host-block.ts";
import { assembleTable } from "../../xds/routes/route-table.ts";
import { Envelopes } from "./envelope.ts";
import { fieldHeader, varintLength, writeVarint } from "./protobuf.ts";
import { ResourceFrames } from "./resource-frames.ts";

const nothing = { clusters: [], secrets: [], extensions: [] };

function resource(name: string, bytes: Uint8Array): EncodedResource {
  return { kind: "whole", type: "cluster", name, version: `v-${name}`, bytes, requires: nothing };
}

describe("protobuf fields", () => {
  it("are read by another implementation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 }), (value) => {
        const bytes = Buffer.alloc(varintLength(value));
        assert.equal(writeVarint(bytes, 0, value), bytes.length);
        assert.equal(BigInt(new BinaryReader(bytes).uint64()), BigInt(value));
      }),
    );
  });
});

describe("responses", () => {
  it("decode to what was put in, in both variants, whatever the sizes", () => {
    const resources = fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1 }),
        bytes: fc.oneof(fc.uint8Array(), fc.constant(Buffer.alloc(70_000, 7))),
      }),
      { maxLength: 5, selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(resources, fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (list, removed) => {
        const frames = new ResourceFrames();
        const envelopes = new Envelopes("weir/test");
        const encoded = list.map(({ name, bytes }) => resource(name, bytes));
        const delta = Buffer.concat(
          envelopes.delta(
            typeUrls.cluster,
            "n",
            "r",
            encoded.map((item) => frames.delta(item)),
            removed,
          ),
        );
        assert.equal(delta.readUInt32BE(1), delta.length - 5);
        const response = fromBinary(DeltaDiscoveryResponseSchema, delta.subarray(5));
        assert.deepEqual(
          response.resources.map((item) => [
            item.name,
            item.version,
            item.resource?.typeUrl,
            Buffer.from(item.resource?.value ?? []).toString("hex"),
          ]),
          list.map(({ name, bytes }) => [name, `v-${name}`, typeUrls.cluster, Buffer.from(bytes).toString("hex")]),
        );
        assert.deepEqual(response.removedResources, removed);
        assert.deepEqual(
          [response.nonce, response.systemVersionInfo, response.controlPlane?.identifier],
          ["n", "r", "weir/test"],
        );
        const state = Buffer.concat(
          envelopes.stateOfTheWorld(
            "cluster",
            "n",
            "r",
            encoded.map((item) => frames.any(item)),
          ),
        );
        const whole = fromBinary(DiscoveryResponseSchema, state.subarray(5));
        assert.deepEqual(
          whole.resources.map(({ value }) => value.length),
          list.map(({ bytes }) => bytes.length),
        );
        assert.deepEqual(
          [whole.typeUrl, whole.nonce, whole.versionInfo, whole.controlPlane?.identifier],
          [typeUrls.cluster, "n", "r", "weir/test"],
        );
      }),
      { numRuns: 50 },
    );
  });

  it("assemble a route table from its head and hosts", () => {
    const names = Array.from({ length: 500 }, (_, index) => `h${String(index).padStart(4, "0")}`);
    const virtualHosts = names.map((name) => {
      const message = toBinary(VirtualHostSchema, create(VirtualHostSchema, { name, domains: [name] }));
      return {
        name,
        version: name,
        bytes: Buffer.concat([fieldHeader(2, message.length), message]),
        requires: nothing,
      };
    });
    const head = toBinary(
      RouteConfigurationSchema,
      create(RouteConfigurationSchema, { name: "t", internalOnlyHeaders: ["x"] }),
    );
    const frame = new ResourceFrames().delta(assembleTable("t", head, hostBlocks(virtualHosts)));
    assert.ok(frame.pieces.length < 10);
    const bytes = Buffer.concat(new Envelopes("x").delta(typeUrls.route, "1", "r", [frame], []));
    const [found] = fromBinary(DeltaDiscoveryResponseSchema, bytes.subarray(5)).resources;
    const decoded = fromBinary(RouteConfigurationSchema, found?.resource?.value ?? new Uint8Array());
    assert.equal(decoded.name, "t");
    assert.deepEqual(decoded.virtualHosts.map(({ name }) => name).sort(), names);
  });

  it("frame a resource once for each variant", () => {
    const frames = new ResourceFrames();
    const item = resource("a", Buffer.from("x"));
    for (let time = 0; time < 10; time++) frames.delta(item);
    assert.equal(frames.framed, 1);
    frames.any(item);
    assert.equal(frames.framed, 2);
  });
});

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { typeUrls } from "../xds/resource.ts";
import { localAuthenticator } from "./authentication.ts";
import { connectTo, deltaPath, TestCall } from "./testing/http2-client.ts";
import { TestPlans, whole } from "./testing/test-plans.ts";
import { createXdsServer, type XdsServer } from "./xds-server.ts";

const proxyClass = "shop/edge";

function request(init: MessageInitShape<typeof DeltaDiscoveryRequestSchema>): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, init));
}

describe("a proxy that leaves", () => {
  let directory = "";
  let plans: TestPlans;
  let server: XdsServer;
  const path = () => join(directory, "xds.sock");
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "weir-serve-"));
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    plans = new TestPlans();
    plans.replace(proxyClass, [whole("listener", "l", { content: "1" }), whole("cluster", "c", { content: "1" })]);
    server = createXdsServer({
      plans,
      listen: { kind: "unix", path: path() },
      authenticator: localAuthenticator,
      limits: { removalGraceMs: 0 },
    });
    await server.start();
  });

  /** A client of a type; `next` takes one response and gives what it says. */
  function client(nodeId: string, type: "listener" | "cluster") {
    const session = connectTo(path());
    const call = new TestCall(session, deltaPath);
    call.send(request({ node: { id: nodeId, cluster: proxyClass }, typeUrl: typeUrls[type] }));
    return {
      call,
      end: () => session.destroy(),
      next: async () => {
        const response = fromBinary(DeltaDiscoveryResponseSchema, await call.next());
        call.send(request({ typeUrl: response.typeUrl, responseNonce: response.nonce }));
        const { removedResources, resources } = response;
        return { has: resources.map(({ name }) => name), lost: removedResources };
      },
    };
  }

  it("loses its listeners and nothing else, and others lose nothing", async () => {
    const leaving = client("n1", "listener");
    const clusters = client("n1", "cluster");
    const staying = client("n2", "listener");
    assert.deepEqual(await leaving.next(), { has: ["l"], lost: [] });
    assert.deepEqual(await staying.next(), { has: ["l"], lost: [] });
    await clusters.next();
    server.drain("n1");
    assert.deepEqual(await leaving.next(), { has: [], lost: ["l"] });
    plans.edit(proxyClass, [
      whole("listener", "l", { content: "2" }),
      whole("listener", "m", { content: "1" }),
      whole("cluster", "c", { content: "2" }),
    ]);
    assert.deepEqual(await clusters.next(), { has: ["c"], lost: [] });
    const more = await staying.next();
    assert.deepEqual(more.has.toSorted(), ["l", "m"]);
    assert.equal(leaving.call.unread, 0);
    for (const each of [leaving, clusters, staying]) each.end();
    await server.close();
  });

  it("has no listeners when it connects again either, until it is forgotten", async () => {
    server.drain("n1");
    const again = client("n1", "listener");
    assert.deepEqual(await again.next(), { has: [], lost: [] });
    server.forget("n1");
    assert.match(await again.call.status, /^7 /);
    again.end();
    const another = client("n1", "listener");
    assert.deepEqual(await another.next(), { has: ["l"], lost: [] });
    another.end();
    await server.close();
  });
});

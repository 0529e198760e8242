import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { typeUrls } from "../xds/resource.ts";
import { localAuthenticator } from "./authentication.ts";
import { connectTo, deltaPath, TestCall } from "./testing/http2-client.ts";
import { TestPlans, whole } from "./testing/test-plans.ts";
import { createXdsServer } from "./xds-server.ts";

const node = { id: "n1", cluster: "default/web" };

function request(init: MessageInitShape<typeof DeltaDiscoveryRequestSchema>): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, init));
}

async function nextResponse(call: TestCall) {
  return fromBinary(DeltaDiscoveryResponseSchema, await call.next());
}

describe("the xDS server over a Unix socket", () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "weir-serve-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("sends what a client subscribes to, then what changes", async () => {
    const plans = new TestPlans();
    plans.replace("default/web", [whole("cluster", "a", { content: "1" })]);
    const path = join(directory, "one.sock");
    const server = createXdsServer({ plans, listen: { kind: "unix", path }, authenticator: localAuthenticator });
    await server.start();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const session = connectTo(path);
    const call = new TestCall(session, deltaPath);
    call.send(request({ node, typeUrl: typeUrls.cluster }));
    const first = await nextResponse(call);
    assert.deepEqual(
      first.resources.map(({ name, resource }) => [name, resource?.typeUrl]),
      [["a", typeUrls.cluster]],
    );
    assert.equal(first.systemVersionInfo, "r1");
    call.send(request({ typeUrl: typeUrls.cluster, responseNonce: first.nonce }));
    plans.edit("default/web", [whole("cluster", "b", { content: "1" })]);
    const second = await nextResponse(call);
    assert.deepEqual(
      second.resources.map(({ name }) => name),
      ["b"],
    );
    assert.equal(server.proxies.list()[0]?.nodeId, "n1");
    await server.close();
    assert.match(await call.status, /^14 /);
    session.destroy();
  });

  it("replaces a socket that nobody serves and leaves one that somebody serves", async () => {
    const plans = new TestPlans();
    const path = join(directory, "two.sock");
    const options = { plans, listen: { kind: "unix", path }, authenticator: localAuthenticator } as const;
    const first = createXdsServer(options);
    await first.start();
    await assert.rejects(createXdsServer(options).start(), { code: "xds-address-in-use" });
    await first.close();
    await writeFile(path, "");
    await assert.rejects(createXdsServer(options).start(), { code: "xds-address-unusable" });
  });

  it("refuses to listen on TCP for strangers", () => {
    const plans = new TestPlans();
    assert.throws(
      () =>
        createXdsServer({
          plans,
          listen: { kind: "tcp", host: "127.0.0.1", port: 0, tls: undefined },
          authenticator: localAuthenticator,
        }),
      { code: "xds-tls-required" },
    );
    assert.throws(
      () =>
        createXdsServer({
          plans,
          listen: { kind: "tcp", host: "127.0.0.1", port: 0, tls: { certificate: "", key: "" } },
          authenticator: localAuthenticator,
        }),
      { code: "xds-authentication-required" },
    );
  });

  it("answers every other path with UNIMPLEMENTED", async () => {
    const plans = new TestPlans();
    const path = join(directory, "three.sock");
    const server = createXdsServer({ plans, listen: { kind: "unix", path }, authenticator: localAuthenticator });
    await server.start();
    const session = connectTo(path);
    const fetch = new TestCall(session, "/envoy.service.discovery.v3.ClusterDiscoveryService/FetchClusters");
    assert.match(await fetch.status, /^12 /);
    session.destroy();
    await server.close();
  });
});

import assert from "node:assert/strict";
import { type ClientHttp2Session, connect } from "node:http2";
import { after, before, describe, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { deltaPath, statePath, TestCall } from "../serve/testing/http2-client.ts";
import { TestPlans, whole } from "../serve/testing/test-plans.ts";
import { createXdsServer, type XdsServer } from "../serve/xds-server.ts";
import { typeUrls } from "../xds/resource.ts";
import { ClusterKeys } from "./cluster-keys.ts";
import type { ProxyPod } from "./proxy-pod.ts";
import { podOf } from "./testing/proxy-pods.ts";
import { type TokenContent, TokenIssuer } from "./testing/token-issuer.ts";
import { tokenAuthenticator } from "./token-authenticator.ts";
import { trustBundle, xdsCertificates, xdsServerNames } from "./xds-certificates.ts";
import { xdsTls } from "./xds-secret.ts";

const startedAt = new Date();

function contentOf(gateway: string, more: Partial<TokenContent> = {}): TokenContent {
  return {
    namespace: "shop",
    serviceAccount: `weir-${gateway}`,
    pod: { name: `${gateway}-1`, uid: `uid-${gateway}` },
    issuedAt: startedAt,
    ...more,
  };
}

describe("tokens of pods at the xDS port", () => {
  const pods = new Map<string, ProxyPod>();
  const failures: string[] = [];
  let issuer: TokenIssuer;
  let server: XdsServer;
  let session: ClientHttp2Session;
  /** Milliseconds since the start. */
  let elapsed = 0;
  before(async () => {
    issuer = await TokenIssuer.create();
    const plans = new TestPlans();
    plans.replace("shop/edge", [whole("cluster", "of-edge", { content: "1" })]);
    plans.replace("shop/other", [whole("cluster", "of-other", { content: "1" })]);
    const keys = new ClusterKeys({ client: issuer, now: () => elapsed, onFailure: (reason) => failures.push(reason) });
    const certificates = await xdsCertificates(undefined, xdsServerNames("weir", "weir-system"), startedAt);
    server = createXdsServer({
      plans,
      listen: { kind: "tcp", host: "127.0.0.1", port: 0, tls: xdsTls(certificates) },
      authenticator: tokenAuthenticator({
        keys,
        pod: (namespace, name) => pods.get(`${namespace}/${name}`),
        serviceAccountOf: ({ name }) => `weir-${name}`,
        now: () => new Date(startedAt.getTime() + elapsed),
      }),
    });
    const address = await server.start();
    assert.ok(address.kind === "tcp");
    session = connect(`https://127.0.0.1:${address.port}`, {
      ca: trustBundle(certificates),
      servername: "weir.weir-system.svc",
    });
    for (const gateway of ["edge", "other"]) pods.set(`shop/${gateway}-1`, podOf(gateway));
  });
  after(async () => {
    session.destroy();
    await server.close();
  });

  /** What came of a call whose client claims to be a proxy of shop/edge: names of clusters, or the status. */
  async function outcome(token: string | undefined, path = deltaPath): Promise<string> {
    const call = new TestCall(session, path, token === undefined ? {} : { authorization: `Bearer ${token}` });
    const request = { node: { id: "gateway/shop/edge/uid-edge", cluster: "shop/edge" }, typeUrl: typeUrls.cluster };
    if (path === deltaPath)
      call.send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request)));
    else call.send(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, request)));
    const answered = call.next().then((bytes) => {
      if (path === deltaPath)
        return fromBinary(DeltaDiscoveryResponseSchema, bytes)
          .resources.map(({ name }) => name)
          .join();
      const { resources } = fromBinary(DiscoveryResponseSchema, bytes);
      return resources.map(({ value }) => String(JSON.parse(Buffer.from(value).toString()).name)).join();
    });
    const result = await Promise.race([answered, call.status]);
    if (token !== undefined) assert.ok(!result.includes(token.slice(0, 20)), "no part of a token is shown");
    call.stream.close();
    return result;
  }

  test("a proxy receives what its own Gateway has, in both variants", async () => {
    const token = await issuer.token(contentOf("edge"));
    assert.equal(await outcome(token), "of-edge");
    assert.equal(await outcome(token, statePath), "of-edge");
    const call = new TestCall(session, deltaPath, { authorization: `bearer ${token}` });
    call.send(
      toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { typeUrl: typeUrls.cluster })),
    );
    await call.next();
    assert.deepEqual(
      server.proxies
        .list()
        .map(({ nodeId, proxyClass }) => [nodeId, proxyClass])
        .at(-1),
      ["gateway/shop/edge/uid-edge", "shop/edge"],
    );
    call.stream.close();
  });

  test("another Gateway's token gives that other Gateway's configuration, whatever is claimed", async () => {
    const token = await issuer.token(contentOf("other"));
    assert.equal(await outcome(token), "of-other");
    assert.equal(await outcome(token, statePath), "of-other");
  });

  test("tokens that were made for something else, too early or by somebody else are refused", async () => {
    const refused = async (more: Partial<TokenContent>) => outcome(await issuer.token(contentOf("edge", more)));
    assert.equal(
      await refused({ audience: "https://kubernetes.default.svc" }),
      "16 the token is not meant for xds.weir.dev",
    );
    assert.equal(await refused({ issuer: "https://elsewhere" }), `16 the token was not issued by ${issuer.issuer}`);
    const before = new Date(startedAt.getTime() - 7_200_000);
    assert.equal(await refused({ issuedAt: before }), "16 the token has expired");
    assert.equal(await refused({ issuedAt: new Date(startedAt.getTime() + 60_000) }), "16 the token is not valid yet");
    assert.equal(await refused({ pod: undefined }), "16 the token is not bound to a pod");
    assert.equal(
      await refused({ subject: "system:serviceaccount:shop:weir-other" }),
      "16 the token does not name one service account",
    );
  });

  test("forged tokens are refused", async () => {
    const forger = await TokenIssuer.create();
    assert.equal(await outcome(await forger.token(contentOf("edge"))), "16 the token's signature is wrong");
    const [, payload] = (await issuer.token(contentOf("edge"))).split(".");
    const unsigned = Buffer.from(JSON.stringify({ alg: "none", kid: "first" })).toString("base64url");
    assert.equal(await outcome(`${unsigned}.${payload}.`), "16 the token is signed in a way that does not count here");
    const symmetric = Buffer.from(JSON.stringify({ alg: "HS256", kid: "first" })).toString("base64url");
    assert.equal(
      await outcome(`${symmetric}.${payload}.AAAA`),
      "16 the token is signed in a way that does not count here",
    );
    assert.match(await outcome("rubbish"), /^16 the credential is not/);
    assert.match(await outcome("a".repeat(20_000)), /^16 no service-account token/);
    assert.match(await outcome(undefined), /^16 no service-account token/);
  });

  test("unary Fetch is asked for a token first, and is not served then either", async () => {
    const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/FetchAggregatedResources";
    assert.match(await outcome(undefined, path), /^16 /);
    const secrets = "/envoy.service.secret.v3.SecretDiscoveryService/FetchSecrets";
    assert.match(await outcome(await issuer.token(contentOf("edge")), secrets), /^12 /);
  });

  test("the pod must exist as the token says", async () => {
    const token = await issuer.token(contentOf("late"));
    assert.equal(await outcome(token), "16 pod shop/late-1 is not known here (yet)");
    pods.set("shop/late-1", podOf("late", { uid: "uid-of-its-successor" }));
    assert.equal(await outcome(token), "16 pod shop/late-1 is another one than the token was made for");
    pods.set("shop/late-1", podOf("late", { serviceAccountName: "default" }));
    assert.equal(await outcome(token), "16 pod shop/late-1 does not run under service account weir-late");
    pods.set("shop/late-1", podOf("late", { phase: "Failed" }));
    assert.equal(await outcome(token), "7 pod shop/late-1 has ended");
    pods.set("shop/late-1", podOf("late", { labels: {} }));
    assert.equal(await outcome(token), "7 pod shop/late-1 is not a proxy of a Gateway");
    const another = { "gateway.networking.k8s.io/gateway-name": "edge" };
    pods.set("shop/late-1", podOf("late", { labels: another }));
    assert.equal(await outcome(token), "7 pod shop/late-1 is not a proxy of a Gateway");
    // A pod that leaves goes on to be served until it is gone.
    pods.set("shop/edge-1", podOf("edge", { deletedAt: 1 }));
    assert.equal(await outcome(await issuer.token(contentOf("edge"))), "of-edge");
    pods.set("shop/edge-1", podOf("edge"));
  });

  test("keys are followed: new ones at once but not too often, withdrawn ones in time, known ones while the API server is away", async () => {
    elapsed += 60_000;
    const before = issuer.fetches;
    assert.equal(await outcome(await issuer.token(contentOf("edge"))), "of-edge");
    assert.equal(issuer.fetches, before, "the keys are in memory");
    await issuer.addKey("second");
    const token = await issuer.token(contentOf("edge"));
    assert.equal(await outcome(token), "of-edge");
    assert.equal(issuer.fetches, before + 1);
    const forger = await TokenIssuer.create();
    await forger.addKey("unheard-of");
    const forged = await forger.token(contentOf("edge"));
    for (let round = 0; round < 5; round++) {
      assert.equal(await outcome(forged), "16 the token is signed with a key that the cluster does not name");
    }
    assert.equal(issuer.fetches, before + 1, "forgers do not make Weir ask again and again");

    issuer.away = true;
    elapsed += 400_000;
    const rotated = await issuer.token(contentOf("edge", { issuedAt: new Date(startedAt.getTime() + elapsed) }));
    assert.equal(await outcome(rotated), "of-edge", "the API server is not needed");
    assert.deepEqual(failures.slice(0, 1), ["connect ECONNREFUSED"]);
    issuer.away = false;

    const old = await issuer.token(contentOf("edge", { issuedAt: new Date(startedAt.getTime() + elapsed) }), "first");
    issuer.withdrawKey("first");
    elapsed += 20_000;
    const kept = await outcome(old);
    assert.equal(kept, "of-edge", "the answer does not wait for the newest keys");
    assert.match(await outcome(old), /^16 the token is signed with a key/);
  });

  test("before the keys were ever fetched nobody is let in", async () => {
    const unreachable = await TokenIssuer.create();
    unreachable.away = true;
    const authenticator = tokenAuthenticator({
      keys: new ClusterKeys({ client: unreachable, now: () => 0 }),
      pod: () => podOf("edge"),
      serviceAccountOf: ({ name }) => `weir-${name}`,
      now: () => startedAt,
    });
    const headers = { authorization: `Bearer ${await unreachable.token(contentOf("edge"))}` };
    assert.deepEqual(
      await authenticator.authenticate(headers, { transport: "tcp", address: "", certificate: undefined }),
      {
        kind: "refused",
        code: "unauthenticated",
        message: "the keys of the cluster's token issuer could not be fetched yet; try again",
      },
    );
  });
});

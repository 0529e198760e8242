import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { kindDefinitions } from "../../admission/kinds.ts";
import { textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { createApiServer } from "../server.ts";
import { bearer, withApi } from "../testing/api-fixture.ts";
import { accessFiles, issueToken, prepareAccess, revokeToken } from "./access-files.ts";
import type { Grant } from "./identity.ts";

const everything: Grant = { verbs: ["*"], kinds: ["*"], namespaces: ["*"], paths: ["*"] };
const secret: JsonObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s" },
  stringData: { key: "hush-hush" },
};
const service: JsonObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { ports: [{ port: 80 }] },
};
const secrets = "/api/v1/namespaces/default/secrets";
const services = "/api/v1/namespaces/default/services";

describe("authentication", () => {
  it("lets nobody in without a token, whatever the path, health aside", () =>
    withApi({}, async ({ send, server }) => {
      const nobody = { authorization: "" };
      for (const path of ["/api", "/apis", services, "/openapi/v3", "/version", "/metrics", "/nothing", "/weir/v1/x"]) {
        for (const authorization of ["", "Bearer", "Bearer ", "Bearer wrong", `Basic ${server.token}`, server.token]) {
          const { code, body, headers } = await send("GET", path, undefined, { authorization });
          assert.equal(code, 401, `${path} with ${authorization}`);
          assert.equal(body.reason, "Unauthorized");
          assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
        }
      }
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        assert.equal((await send(method, services, service, nobody)).code, 401, method);
      }
      for (const path of ["/healthz", "/livez", "/readyz"]) {
        assert.equal((await send("GET", path, undefined, nobody)).code, 200, path);
      }
    }));

  it("refuses requests that name another host, as a page that rebinds DNS would", () =>
    withApi({}, async ({ server }) => {
      const status = (host: string) =>
        new Promise((resolve, reject) => {
          const headers = { ...bearer(server.token), host };
          request(`${server.url}/api`, { headers }, (response) => resolve(response.resume().statusCode))
            .on("error", reject)
            .end();
        });
      for (const host of ["127.0.0.1", "localhost:1234", "LOCALHOST", "[::1]:80"])
        assert.equal(await status(host), 200, host);
      for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:80", "10.0.0.1"]) {
        assert.equal(await status(host), 403, host);
      }
    }));

  it("does not start without TLS where others could listen in", async () => {
    await withApi({}, async ({ store, directory }) => {
      for (const address of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) {
        const starting = createApiServer({
          store,
          definitions: kindDefinitions,
          accessDirectory: directory,
          address,
          port: 0,
          version: "0",
        });
        await assert.rejects(starting, { name: "ApiStartError", message: /does not listen on .* without TLS/ });
      }
    });
  });

  it("speaks TLS on the same port, for kubectl sends its token over nothing else", () =>
    withApi({}, async ({ server }) => {
      const config = parse(readFileSync(server.kubeconfig, "utf8"));
      const cluster = config.clusters[0].cluster;
      assert.equal(cluster.server, server.secureUrl);
      assert.equal(config.users[0].user.token, server.token);
      const ca = Buffer.from(cluster["certificate-authority-data"], "base64");
      const status = await new Promise((resolve, reject) => {
        secureRequest(`${cluster.server}/api`, { ca, headers: bearer(server.token) }, (response) =>
          resolve(response.resume().statusCode),
        )
          .on("error", reject)
          .end();
      });
      assert.equal(status, 200);
    }));

  it("keeps token, keys and kubeconfig from others, and the token over restarts", () =>
    withApi({}, async ({ directory, server }) => {
      for (const file of [accessFiles.token, accessFiles.kubeconfig, "api.pem", "api-ca/ca.key"]) {
        assert.equal((statSync(join(directory, file)).mode & 0o777).toString(8), "600", file);
      }
      assert.equal(readFileSync(join(directory, accessFiles.token), "utf8").trim(), server.token);
      assert.equal(prepareAccess(directory, kindDefinitions).adminToken, server.token);
    }));

  it("replaces a token that others could have read, or that is no good", () =>
    withApi({}, async ({ directory, server }) => {
      const file = join(directory, accessFiles.token);
      chmodSync(file, 0o644);
      const renewed = prepareAccess(directory, kindDefinitions).adminToken;
      assert.notEqual(renewed, server.token);
      assert.equal((statSync(file).mode & 0o777).toString(8), "600");
      writeFileSync(file, "short\n");
      assert.notEqual(prepareAccess(directory, kindDefinitions).adminToken, "short");
    }));

  it("learns of tokens that are given out and taken back while it runs", () =>
    withApi({}, async ({ directory }) => {
      let now = 0;
      const errors: unknown[] = [];
      const { tokens } = prepareAccess(
        directory,
        kindDefinitions,
        (error) => errors.push(error),
        () => now,
      );
      const names = () => tokens().map(({ identity }) => identity.name);
      issueToken(directory, "ci", [everything]);
      assert.deepEqual(names(), ["admin"]);
      now = 1000;
      assert.deepEqual(names(), ["admin", "ci"]);
      revokeToken(directory, "ci");
      now = 2000;
      assert.deepEqual(names(), ["admin"]);
      issueToken(directory, "ci", [everything]);
      writeFileSync(join(directory, accessFiles.tokens), "{");
      now = 3000;
      assert.deepEqual(names(), ["admin"], "a file that cannot be made out grants nothing");
      assert.equal(errors.length, 1);
    }));

  it("does not start with a token file it cannot make out", () =>
    withApi({}, async ({ directory }) => {
      const file = join(directory, accessFiles.tokens);
      const hash = "0".repeat(64);
      for (const [content, problem] of [
        ["{", /it is not JSON/],
        ["{}", /it has no list "tokens"/],
        ['{"tokens":[{"name":"x","sha256":"plain"}]}', /tokens\[0\]\.sha256 is no SHA-256/],
        [`{"tokens":[{"sha256":"${hash}"}]}`, /tokens\[0\]\.name is missing/],
        [`{"tokens":[{"name":"x","sha256":"${hash}","grants":[{"verbs":["read"]}]}]}`, /read is none of/],
        [`{"tokens":[{"name":"x","sha256":"${hash}","grants":[{"kinds":"*"}]}]}`, /kinds is not a list/],
      ] as const) {
        writeFileSync(file, content);
        assert.throws(() => prepareAccess(directory, kindDefinitions), { name: "TokenFileError", message: problem });
      }
    }));
});

describe("authorisation", () => {
  it("shows Secrets only to who was granted them by name", () =>
    withApi({ tokens: { most: [everything] } }, async ({ send, watch }, { most }) => {
      await send("POST", secrets, secret);
      await send("POST", services, service);
      const as = bearer(most);
      for (const path of [secrets, `${secrets}/s`, "/api/v1/secrets", `${secrets}?watch=1`, `${secrets}/none`]) {
        const { code, body } = await send("GET", path, undefined, as);
        assert.equal(code, 403, path);
        assert.equal(body.reason, "Forbidden");
        assert.doesNotMatch(JSON.stringify(body), /hush|aHVza/);
      }
      assert.equal(
        (await send("PATCH", `${secrets}/s`, {}, { ...as, "content-type": "application/merge-patch+json" })).code,
        403,
      );
      assert.equal((await send("DELETE", secrets, undefined, as)).code, 403);
      const table = { ...as, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
      assert.equal((await send("GET", secrets, undefined, table)).code, 403);
      assert.equal((await send("GET", services, undefined, as)).code, 200);
      await assert.rejects(watch(`${secrets}?watch=true`, most), /answered 403/);
    }));

  it("lets a Secret be written without being read", () => {
    const writer: Grant = {
      verbs: ["create", "update", "patch"],
      kinds: ["Secret"],
      namespaces: ["default"],
      paths: [],
    };
    return withApi({ tokens: { writer: [writer] } }, async ({ send }, { writer: token }) => {
      const as = bearer(token);
      assert.equal((await send("POST", secrets, secret, as)).code, 201);
      assert.equal((await send("PUT", `${secrets}/s`, secret, as)).code, 200);
      assert.equal((await send("GET", `${secrets}/s`, undefined, as)).code, 403);
      const patched = await send(
        "PATCH",
        `${secrets}/s`,
        {},
        { ...as, "content-type": "application/merge-patch+json" },
      );
      assert.equal(patched.code, 403, "the answer to a patch would be the whole Secret");
    });
  });

  it("keeps to verbs, kinds and namespaces", () => {
    const reader: Grant = {
      verbs: ["get", "list"],
      kinds: ["Service"],
      namespaces: ["shop"],
      paths: ["/weir/v1/explain"],
    };
    return withApi({ tokens: { reader: [reader], nobody: [] } }, async ({ send }, { reader: token, nobody }) => {
      const code = async (method: string, path: string, who = token) =>
        (await send(method, path, method === "GET" ? undefined : service, bearer(who))).code;
      const inShop = "/api/v1/namespaces/shop/services";
      assert.equal(await code("GET", inShop), 200);
      assert.equal(await code("GET", `${inShop}/web`), 404);
      assert.equal(await code("GET", `${inShop}?watch=true`), 403);
      assert.equal(await code("POST", inShop), 403);
      assert.equal(await code("GET", services), 403);
      assert.equal(await code("GET", "/api/v1/services"), 403, "all namespaces are more than one");
      assert.equal(await code("GET", "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"), 403);
      assert.equal(await code("GET", "/apis"), 200, "everyone with a token may find out what there is");
      assert.equal(await code("GET", "/metrics"), 403);
      assert.equal(await code("GET", "/weir/v1/explain"), 404, "granted, but nothing is there");
      assert.equal(await code("GET", "/weir/v1/explain/more"), 403);
      assert.equal(await code("GET", inShop, nobody), 403);
      assert.equal(await code("GET", `${inShop}/web`, nobody), 403, "a refusal does not tell what exists");
    });
  });

  it("says what is missing, as Kubernetes says it", () => {
    const none: Grant = { verbs: [], kinds: [], namespaces: [], paths: [] };
    return withApi({ tokens: { ci: [none] } }, async ({ send }, { ci }) => {
      const { body } = await send("GET", services, undefined, bearer(ci));
      assert.equal(
        textAt(body, "message"),
        'services is forbidden: User "ci" cannot list resource "services" in API group "" in the namespace "default"',
      );
    });
  });

  it("guards the routes of plugins in the same way, and tells them who asks", () =>
    withApi(
      {
        tokens: { ops: [{ ...everything, paths: ["/weir/v1/*"] }], none: [] },
        plugins: [
          async (app) => {
            app.get("/weir/v1/who", async (request) => ({ name: request.identity?.name }));
          },
        ],
      },
      async ({ send }, { ops, none }) => {
        assert.deepEqual((await send("GET", "/weir/v1/who", undefined, bearer(ops))).body, { name: "ops" });
        assert.equal((await send("GET", "/weir/v1/who", undefined, bearer(none))).code, 403);
        assert.equal((await send("GET", "/weir/v1/who", undefined, { authorization: "" })).code, 401);
      },
    ));
});

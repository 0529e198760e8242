import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectAt, textAt, valueAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { type ApiFixture, withApi } from "../testing/api-fixture.ts";

const ingresses = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses";
const services = "/api/v1/namespaces/shop/services";
const merge = { "content-type": "application/merge-patch+json" };

function ingress(name: string, extra: JsonObject = {}): JsonObject {
  const spec = { defaultBackend: { service: { name: "web", port: { number: 80 } } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, ...objectAt(extra, "metadata") },
    spec,
  };
}

async function created({ send }: ApiFixture, name: string, extra?: JsonObject): Promise<JsonObject> {
  const { code, body } = await send("POST", ingresses, ingress(name, extra));
  assert.equal(code, 201, JSON.stringify(body));
  return body;
}

describe("metadata", () => {
  it("is set by the server, whatever the client says", () =>
    withApi({ now: () => new Date("2026-03-04T05:06:07.890Z"), newUid: () => "u-1" }, async (api) => {
      const own = {
        uid: "mine",
        generation: 7,
        managedFields: [{ manager: "someone" }],
        creationTimestamp: "2001-01-01T00:00:00Z",
        deletionTimestamp: "2001-01-01T00:00:00Z",
      };
      const body = await created(api, "web", { metadata: own });
      assert.deepEqual(body.metadata, {
        name: "web",
        namespace: "shop",
        uid: "u-1",
        generation: 1,
        creationTimestamp: "2026-03-04T05:06:07Z",
        resourceVersion: textAt(body, "metadata", "resourceVersion"),
      });
    }));

  it("counts generations of the wanted state only, and versions of every write", () =>
    withApi({}, async (api) => {
      const { send } = api;
      const seen = (body: JsonObject) => [
        valueAt(body, "metadata", "generation"),
        textAt(body, "metadata", "resourceVersion"),
      ];
      const [, v1] = seen(await created(api, "web"));
      const path = `${ingresses}/web`;
      const [g2, v2] = seen((await send("PATCH", path, { metadata: { labels: { a: "b" } } }, merge)).body);
      assert.equal(g2, 1);
      assert.notEqual(v2, v1);
      const [g3, v3] = seen((await send("PATCH", path, { spec: { ingressClassName: "weir" } }, merge)).body);
      assert.equal(g3, 2);
      const [g4, v4] = seen((await send("PATCH", path, { metadata: { generation: 9, uid: null } }, merge)).body);
      assert.deepEqual([g4, v4], [2, v3], "nothing changed, nothing was written");
      const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
      const answer = await send("PATCH", `${path}/status`, { status, spec: { ingressClassName: "other" } }, merge);
      assert.deepEqual(seen(answer.body)[0], 2);
      assert.deepEqual(answer.body.status, status);
      assert.equal(
        textAt(answer.body, "spec", "ingressClassName"),
        "weir",
        "the status subresource changes the status alone",
      );
      const main = await send("PATCH", path, { status: { loadBalancer: {} } }, merge);
      assert.deepEqual(main.body.status, status, "and nothing else changes it");
    }));

  it("makes names from a prefix", () =>
    withApi({}, async ({ send }) => {
      const body = { ...ingress(""), metadata: { generateName: "web-" } };
      const names = [];
      for (let n = 0; n < 3; n++) names.push(textAt((await send("POST", ingresses, body)).body, "metadata", "name"));
      for (const name of names) assert.match(name ?? "", /^web-[a-z0-9]{5}$/);
      assert.equal(new Set(names).size, 3);
    }));

  it("waits for finalizers", () =>
    withApi({}, async (api) => {
      const { send } = api;
      await created(api, "web", { metadata: { finalizers: ["example.org/a", "example.org/b"] } });
      const path = `${ingresses}/web`;
      assert.equal((await send("DELETE", path)).code, 200);
      const going = (await send("GET", path)).body;
      assert.match(textAt(going, "metadata", "deletionTimestamp") ?? "", /^\d{4}-/);
      const more = await send("PATCH", path, { metadata: { finalizers: ["example.org/b", "example.org/new"] } }, merge);
      assert.deepEqual(valueAt(more.body, "metadata", "finalizers"), ["example.org/b"], "none can be added any more");
      assert.equal((await send("PATCH", path, { metadata: { finalizers: null } }, merge)).code, 200);
      assert.equal((await send("GET", path)).code, 404);
    }));
});

describe("errors have Kubernetes' shape", () => {
  const status = (code: number, reason: string, message: string, details?: JsonObject): JsonObject => ({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
  const about = { name: "web", group: "networking.k8s.io", kind: "ingresses" };

  it("for objects that are not there, or there already, or changed", () =>
    withApi({}, async (api) => {
      const { send } = api;
      const missing = await send("GET", `${ingresses}/web`);
      assert.deepEqual(missing.body, status(404, "NotFound", 'ingresses.networking.k8s.io "web" not found', about));
      const body = await created(api, "web");
      const again = await send("POST", ingresses, ingress("web"));
      assert.deepEqual(
        again.body,
        status(409, "AlreadyExists", 'ingresses.networking.k8s.io "web" already exists', about),
      );
      await send("PATCH", `${ingresses}/web`, { metadata: { labels: { a: "b" } } }, merge);
      const late = await send("PUT", `${ingresses}/web`, body);
      assert.deepEqual(
        late.body,
        status(
          409,
          "Conflict",
          'Operation cannot be fulfilled on ingresses.networking.k8s.io "web": the object has been modified; please apply your changes to the latest version and try again',
          about,
        ),
      );
      const wrongUid = await send("DELETE", `${ingresses}/web`, { preconditions: { uid: "other" } });
      assert.equal(wrongUid.body.reason, "Conflict");
      const wrongVersion = await send("DELETE", `${ingresses}/web`, {
        preconditions: { resourceVersion: textAt(body, "metadata", "resourceVersion") },
      });
      assert.equal(wrongVersion.body.reason, "Conflict");
    }));

  it("for invalid objects, with the path of each field", () =>
    withApi({}, async ({ send }) => {
      const wrong = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { ports: [{ port: 0 }, { name: "x" }], type: "None" },
      };
      const { code, body } = await send("POST", services, wrong);
      assert.equal(code, 422);
      assert.equal(body.reason, "Invalid");
      const causes = valueAt(body, "details", "causes");
      assert.deepEqual(Array.isArray(causes) && causes.map((cause) => [cause.reason, cause.field]), [
        ["FieldValueInvalid", "spec.ports[0].port"],
        ["FieldValueRequired", "spec.ports[1].port"],
        ["FieldValueInvalid", "spec.type"],
      ]);
      assert.match(
        textAt(body, "message") ?? "",
        /^Service "web" is invalid: \[spec\.ports\[0\]\.port: Invalid value: /,
      );
    }));

  it("for requests that make no sense", () =>
    withApi({ bodyLimit: 1000 }, async (api) => {
      const { send } = api;
      await created(api, "web");
      const cases: [
        method: string,
        path: string,
        body: JsonObject | string | undefined,
        headers: Record<string, string>,
        code: number,
        reason: string,
      ][] = [
        ["POST", ingresses, "{", {}, 400, "BadRequest"],
        ["POST", ingresses, "[]", {}, 400, "BadRequest"],
        ["POST", ingresses, { ...ingress("x"), kind: "Service" }, {}, 400, "BadRequest"],
        ["POST", ingresses, { ...ingress("x"), apiVersion: "v1" }, {}, 400, "BadRequest"],
        ["POST", ingresses, ingress("x", { metadata: { namespace: "other" } }), {}, 400, "BadRequest"],
        ["POST", ingresses, ingress("x", { metadata: { resourceVersion: "1" } }), {}, 400, "BadRequest"],
        ["POST", ingresses, "{}".repeat(600), {}, 413, "RequestEntityTooLarge"],
        ["POST", `${ingresses}?dryRun=Some`, ingress("x"), {}, 422, "Invalid"],
        ["POST", `${ingresses}?fieldValidation=Maybe`, ingress("x"), {}, 422, "Invalid"],
        ["POST", ingresses, "x", { "content-type": "text/plain" }, 415, "UnsupportedMediaType"],
        ["PATCH", `${ingresses}/web`, "{}", {}, 415, "UnsupportedMediaType"],
        [
          "PATCH",
          `${ingresses}/web`,
          "{}",
          { "content-type": "application/apply-patch+yaml" },
          415,
          "UnsupportedMediaType",
        ],
        ["PUT", `${ingresses}/web`, ingress("other"), {}, 400, "BadRequest"],
        ["PUT", `${ingresses}/none`, ingress("none"), {}, 404, "NotFound"],
        ["PATCH", `${ingresses}/none`, "{}", merge, 404, "NotFound"],
        ["DELETE", `${ingresses}/none`, undefined, {}, 404, "NotFound"],
        ["POST", `${ingresses}/web`, ingress("web"), {}, 405, "MethodNotAllowed"],
        ["GET", ingresses, undefined, { accept: "application/vnd.kubernetes.protobuf" }, 406, "NotAcceptable"],
        ["GET", `${ingresses}?labelSelector=a%20b`, undefined, {}, 400, "BadRequest"],
        ["GET", `${ingresses}?fieldSelector=spec.x%3D1`, undefined, {}, 400, "BadRequest"],
        ["GET", `${ingresses}?continue=x`, undefined, {}, 400, "BadRequest"],
        ["GET", `${ingresses}?limit=-1`, undefined, {}, 400, "BadRequest"],
        ["GET", "/api/v1/namespaces/shop/nothings", undefined, {}, 404, "NotFound"],
        ["GET", "/apis/networking.k8s.io/v2/ingresses", undefined, {}, 404, "NotFound"],
        ["GET", "/api/v1/namespaces/shop/namespaces", undefined, {}, 404, "NotFound"],
        ["GET", `${ingresses}/web/scale`, undefined, {}, 404, "NotFound"],
        ["GET", "/api/v1/namespaces/%zz/services", undefined, {}, 404, "NotFound"],
        ["GET", "/nowhere", undefined, {}, 404, "NotFound"],
      ];
      for (const [method, path, body, headers, code, reason] of cases) {
        const answer = await send(method, path, body, headers);
        const what = `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`;
        assert.deepEqual([answer.code, answer.body.reason, answer.body.kind], [code, reason, "Status"], what);
      }
      assert.deepEqual(api.errors, []);
    }));

  it("for objects nested deeper than any stack", () =>
    withApi({}, async (api) => {
      const deep = `{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
      const { code, body } = await api.send("POST", services, deep);
      assert.deepEqual([code, body.reason], [400, "BadRequest"]);
      await created(api, "web");
      const patch = `{"metadata":${'{"annotations":'.repeat(50_000)}1${"}".repeat(50_000)}}`;
      assert.equal((await api.send("PATCH", `${ingresses}/web`, patch, merge)).code, 400);
      assert.deepEqual(api.errors, []);
    }));

  it("for a disk that is full", () =>
    withApi({}, async ({ store, send, errors }) => {
      await store.close();
      const { code, body } = await send("POST", ingresses, ingress("web"));
      assert.deepEqual([code, body.reason], [503, "ServiceUnavailable"]);
      assert.equal(errors.length, 1);
    }));
});

describe("writes", () => {
  it("treat unknown fields as they are told", () =>
    withApi({}, async ({ send }) => {
      const wrong = { ...ingress("web"), spec: { ...objectAt(ingress("web"), "spec"), rulse: [] } };
      const strict = await send("POST", `${ingresses}?fieldValidation=Strict`, wrong);
      assert.equal(strict.code, 400);
      assert.match(
        textAt(strict.body, "message") ?? "",
        /^Ingress in version "v1" cannot be handled as a Ingress: strict decoding error: unknown field "spec\.rulse"/,
      );
      const ignored = await send("POST", `${ingresses}?fieldValidation=Ignore&dryRun=All`, wrong);
      assert.equal(ignored.headers.get("warning"), null);
      const warned = await send("POST", ingresses, wrong);
      assert.match(warned.headers.get("warning") ?? "", /^299 - "unknown field \\"spec\.rulse\\"/);
      assert.equal(valueAt(warned.body, "spec", "rulse"), undefined);
    }));

  it("change nothing in a dry run", () =>
    withApi({}, async (api) => {
      const { send, store } = api;
      assert.equal((await send("POST", `${ingresses}?dryRun=All`, ingress("web"))).code, 201);
      assert.equal((await store.listAll()).objects.length, 0);
      await created(api, "web");
      const { cursor } = await store.listAll();
      assert.equal((await send("POST", `${ingresses}?dryRun=All`, ingress("web"))).code, 409);
      const patched = await send("PATCH", `${ingresses}/web?dryRun=All`, { spec: { ingressClassName: "x" } }, merge);
      assert.equal(textAt(patched.body, "spec", "ingressClassName"), "x");
      assert.equal((await send("DELETE", `${ingresses}/web?dryRun=All`)).code, 200);
      assert.equal((await send("DELETE", `${ingresses}/web`, { dryRun: ["All"] })).code, 200);
      assert.equal((await send("DELETE", `${ingresses}?dryRun=All`)).code, 200);
      assert.equal((await store.listAll()).cursor, cursor);
    }));

  it("serialise: concurrent patches of different fields all take effect", () =>
    withApi({}, async (api) => {
      await created(api, "web");
      const names = ["a", "b", "c", "d", "e", "f"];
      const answers = await Promise.all(
        names.map((name) => api.send("PATCH", `${ingresses}/web`, { metadata: { labels: { [name]: "1" } } }, merge)),
      );
      assert.deepEqual(
        answers.map(({ code }) => code),
        names.map(() => 200),
      );
      const { body } = await api.send("GET", `${ingresses}/web`);
      assert.deepEqual(Object.keys(objectAt(body, "metadata", "labels")).sort(), names);
    }));

  it("are stored in one version and shown in the one that is asked for", () =>
    withApi({}, async ({ send }) => {
      const path = (version: string) => `/apis/gateway.networking.k8s.io/${version}/namespaces/shop/referencegrants`;
      const grant = {
        apiVersion: "gateway.networking.k8s.io/v1beta1",
        kind: "ReferenceGrant",
        metadata: { name: "g" },
        spec: {
          from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "a" }],
          to: [{ group: "", kind: "Service" }],
        },
      };
      assert.equal((await send("POST", path("v1beta1"), grant)).code, 201);
      assert.equal((await send("GET", `${path("v1")}/g`)).body.apiVersion, "gateway.networking.k8s.io/v1");
      assert.equal((await send("GET", `${path("v1beta1")}/g`)).body.apiVersion, "gateway.networking.k8s.io/v1beta1");
    }));

  it("take YAML, but no bombs of it", () =>
    withApi({}, async ({ send }) => {
      const yaml = { "content-type": "application/yaml", accept: "application/yaml" };
      const text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
      const answer = await send("POST", services, text, yaml);
      assert.equal(answer.code, 201);
      assert.match(textAt(answer.body, "text") ?? "", /^ +- port: 80$/m);
      assert.match(textAt(answer.body, "text") ?? "", /^ +creationTimestamp: "/m);
      const bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
      assert.equal((await send("POST", services, bomb, yaml)).code, 400);
    }));
});

describe("lists", () => {
  it("come in pages that are one picture of one moment", () =>
    withApi({}, async (api) => {
      const { send } = api;
      for (const name of ["a", "b", "c", "d", "e"]) await created(api, name);
      const names: string[] = [];
      const versions = new Set<string>();
      let token = "";
      do {
        const { body } = await send("GET", `${ingresses}?limit=2&continue=${token}`);
        for (const item of Array.isArray(body.items) ? body.items : [])
          names.push(textAt(item, "metadata", "name") ?? "");
        versions.add(textAt(body, "metadata", "resourceVersion") ?? "");
        token = textAt(body, "metadata", "continue") ?? "";
        if (names.length === 2) await send("DELETE", `${ingresses}/d`);
        if (names.length === 2) await created(api, "bb");
      } while (token !== "");
      assert.deepEqual(names, ["a", "b", "c", "d", "e"]);
      assert.equal(versions.size, 1);
    }));

  it("expire", () =>
    withApi({ keepEvents: 10 }, async (api) => {
      for (const name of ["a", "b", "c"]) await created(api, name);
      const { body } = await api.send("GET", `${ingresses}?limit=2`);
      for (let n = 0; n < 150; n++) {
        await api.send("PATCH", `${ingresses}/a`, { metadata: { labels: { n: String(n) } } }, merge);
      }
      const late = await api.send("GET", `${ingresses}?limit=2&continue=${textAt(body, "metadata", "continue")}`);
      assert.deepEqual([late.code, late.body.reason], [410, "Expired"]);
    }));

  it("come as tables and as metadata", () =>
    withApi({ now: () => new Date("2026-01-01T00:10:00Z") }, async (api) => {
      await created(api, "web");
      const as = (form: string) => ({ accept: `application/json;as=${form};v=v1;g=meta.k8s.io,application/json` });
      const table = (await api.send("GET", ingresses, undefined, as("Table"))).body;
      assert.equal(table.kind, "Table");
      assert.equal(textAt(table, "columnDefinitions", 0, "name"), "Name");
      assert.equal(valueAt(table, "rows", 0, "cells", 0), "web");
      assert.equal(valueAt(table, "rows", 0, "object", "kind"), "PartialObjectMetadata");
      const bare = (await api.send("GET", `${ingresses}?includeObject=None`, undefined, as("Table"))).body;
      assert.equal(valueAt(bare, "rows", 0, "object"), undefined);
      const metadata = (await api.send("GET", ingresses, undefined, as("PartialObjectMetadataList"))).body;
      assert.equal(metadata.kind, "PartialObjectMetadataList");
      assert.equal(valueAt(metadata, "items", 0, "spec"), undefined);
    }));

  it("can be deleted by selector", () =>
    withApi({}, async (api) => {
      await created(api, "a", { metadata: { labels: { tier: "edge" } } });
      await created(api, "b", { metadata: { labels: { tier: "inner" } } });
      assert.equal((await api.send("DELETE", `${ingresses}?labelSelector=tier%3Dedge`)).code, 200);
      const { body } = await api.send("GET", ingresses);
      assert.deepEqual(Array.isArray(body.items) && body.items.map((item) => textAt(item, "metadata", "name")), ["b"]);
    }));
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiUnderTest, status } from "../../kubernetes/testing/api-under-test.ts";
import { TestClock } from "../../kubernetes/testing/test-clock.ts";
import { Until } from "../../kubernetes/testing/until.ts";
import type { JsonObject, ObjectRef, SourceObject } from "../../model/source-object.ts";
import { referencedObjects } from "../../references/referenced-objects.ts";
import { createKubernetesSource } from "./kubernetes-source.ts";
import type { KubernetesSource, KubernetesSourceOptions, KubernetesTrouble, WatchedKind } from "./options.ts";

const namespaced = { namespaced: true, hasStatus: false, versions: ["v1"] } as const;
const gatewayApi = { ...namespaced, group: "gateway.networking.k8s.io", hasStatus: true } as const;
const kinds: readonly WatchedKind[] = [
  { ...namespaced, group: "", kind: "Namespace", plural: "namespaces", namespaced: false },
  { ...namespaced, group: "", kind: "Service", plural: "services", hasStatus: true },
  { ...namespaced, group: "", kind: "Secret", plural: "secrets" },
  { ...namespaced, group: "", kind: "ConfigMap", plural: "configmaps" },
  { ...gatewayApi, kind: "Gateway", plural: "gateways" },
  { ...gatewayApi, kind: "TCPRoute", plural: "tcproutes", versions: ["v1", "v1alpha2"] },
];
const services = "/api/v1/services";
const secrets = "/api/v1/secrets";
const gateways = "/apis/gateway.networking.k8s.io/v1/gateways";
const routes = "/apis/gateway.networking.k8s.io/v1/tcproutes";
const formerRoutes = "/apis/gateway.networking.k8s.io/v1alpha2/tcproutes";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

function object(name: string, fields: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return { ...fields, metadata: { namespace: "shop", name, ...metadata } };
}

const service = (name: string, host: string, metadata: JsonObject = {}): JsonObject =>
  object(name, { spec: { externalName: host } }, metadata);

function gateway(name: string, ...certificates: readonly string[]): JsonObject {
  const certificateRefs = certificates.map((certificate) => ({ name: certificate }));
  return object(name, { spec: { listeners: [{ name: "https", tls: { certificateRefs } }] } });
}

const secretRef = (name: string, namespace = "shop"): ObjectRef => {
  return { group: "", kind: "Secret", namespace, name, scope: "" };
};

/** A source over a server, and what a receiver knows from it. */
class Reader extends Until {
  readonly objects = new Map<string, SourceObject>();
  readonly batches: string[][] = [];
  readonly troubles: KubernetesTrouble[] = [];
  readonly source: KubernetesSource;

  constructor(api: ApiUnderTest, clock: TestClock, options: Partial<KubernetesSourceOptions>) {
    super();
    const onTrouble = (trouble: KubernetesTrouble): void => {
      this.troubles.push(trouble);
      this.check();
    };
    const all = { client: api.client, kinds, referencesOf: referencedObjects, onTrouble, ...options };
    this.source = createKubernetesSource(all, clock);
  }

  /** Also waits until everything is watched, so that what a test does next comes as an event. */
  async start(api: ApiUnderTest): Promise<void> {
    await this.source.start((batch) => {
      this.batches.push(batch.changes.map(({ key, object: told }) => (told === undefined ? `-${key}` : `+${key}`)));
      for (const { key, object: told } of batch.changes) {
        if (told === undefined) this.objects.delete(key);
        else this.objects.set(key, told);
      }
      this.check();
    });
    await api.until(() => api.openWatches(services).length > 0 && api.openWatches(gateways).length > 0);
  }

  get names(): readonly string[] {
    return [...this.objects.keys()].toSorted();
  }
}

async function reading(
  options: Partial<KubernetesSourceOptions>,
  test: (subject: { api: ApiUnderTest; clock: TestClock; reader: Reader }) => Promise<void>,
): Promise<void> {
  const api = await ApiUnderTest.listen();
  for (const [path, kind] of [
    ["/api/v1/namespaces", "Namespace"],
    [services, "Service"],
    [secrets, "Secret"],
    ["/api/v1/configmaps", "ConfigMap"],
    [gateways, "Gateway"],
    [routes, "TCPRoute"],
    [definitions, "CustomResourceDefinition"],
  ] as const) {
    api.serve(path, kind);
  }
  const clock = new TestClock();
  const reader = new Reader(api, clock, options);
  try {
    await test({ api, clock, reader });
  } finally {
    await reader.source.close();
    await api.close();
  }
}

describe("what a cluster's objects are", () => {
  it("leaves out what means nothing to the pipeline", () =>
    reading({}, async ({ api, reader }) => {
      const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", note: "kept" };
      const metadata = { managedFields: [{ manager: "kubectl" }], annotations, labels: { app: "web" }, generation: 3 };
      api.put(services, { ...service("web", "a.example", metadata), status: { loadBalancer: {} } });
      await reader.start(api);
      const told = reader.objects.get("/Service/shop/web");
      assert.deepEqual(told, {
        apiVersion: "v1",
        kind: "Service",
        namespace: "shop",
        name: "web",
        scope: "",
        uid: "uid of shop/web",
        generation: 3,
        creationTimestamp: "",
        labels: { app: "web" },
        annotations: { note: "kept" },
        body: {
          apiVersion: "v1",
          kind: "Service",
          metadata: {
            namespace: "shop",
            name: "web",
            uid: "uid of shop/web",
            labels: { app: "web" },
            annotations: { note: "kept" },
            generation: 3,
          },
          spec: { externalName: "a.example" },
        },
        source: "kubernetes",
      });
    }));

  it("delivers everything in one batch first, and what arrives together in one after that", () =>
    reading({}, async ({ api, reader }) => {
      api.put(services, service("web", "a.example"));
      api.put(gateways, gateway("edge"));
      await reader.start(api);
      assert.deepEqual(reader.batches, [["+/Service/shop/web", "+gateway.networking.k8s.io/Gateway/shop/edge"]]);
      const event = (name: string): string =>
        `${JSON.stringify({ type: "ADDED", object: { apiVersion: "v1", ...service(name, "x"), kind: "Service" } })}\n`;
      api.write(services, event("one") + event("two"));
      await reader.until(() => reader.batches.length === 2);
      assert.deepEqual(reader.batches[1], ["+/Service/shop/one", "+/Service/shop/two"]);
    }));

  it("keeps the status beside the object, and tells of it apart", () =>
    reading({}, async ({ api, reader }) => {
      const ref: ObjectRef = { group: "", kind: "Service", namespace: "shop", name: "web", scope: "" };
      const statuses = new Until();
      const told: ObjectRef[] = [];
      await reader.start(api);
      reader.source.onStatus((of) => {
        told.push(of);
        statuses.check();
      });
      api.put(services, service("web", "a.example"));
      await reader.until(() => reader.objects.size === 1);
      api.put(services, {
        ...service("web", "a.example"),
        status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
      });
      await statuses.until(() => told.length === 1);
      assert.deepEqual(told, [ref]);
      assert.equal(reader.batches.length, 1, "a status is no change of the object");
      assert.deepEqual(reader.source.current(ref), {
        resourceVersion: api.version,
        status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
      });
      assert.equal(reader.source.current({ ...ref, name: "other" }), undefined);
    }));

  it("finds out what changed while it could not watch, and only that", () =>
    reading({}, async ({ api, reader }) => {
      for (const name of ["same", "changed", "gone"]) api.put(services, service(name, "a.example"));
      await reader.start(api);
      api.failNext(({ path, query }) => path === services && query.has("watch"), "reset");
      api.breakWatches(services, "reset");
      api.put(services, service("changed", "b.example"));
      api.put(services, service("new", "a.example"));
      api.remove(services, "shop", "gone");
      api.compact();
      await reader.until(() => reader.batches.length === 2);
      assert.deepEqual(reader.batches[1]?.toSorted(), [
        "+/Service/shop/changed",
        "+/Service/shop/new",
        "-/Service/shop/gone",
      ]);
    }));
});

describe("which kinds are read", () => {
  it("counts a kind that is missing as there and empty, and picks it up when it appears", () =>
    reading({}, async ({ api, reader }) => {
      api.unserve(routes);
      await reader.start(api);
      const freshness = reader.source.freshness().find(({ kind }) => kind === "TCPRoute");
      assert.deepEqual([freshness?.version, freshness?.synced, freshness?.objects], [undefined, true, 0]);
      await api.until(() => api.openWatches(definitions).length === 1);
      api.serve(routes, "TCPRoute");
      api.put(routes, object("tcp"));
      api.put(definitions, { metadata: { name: "tcproutes.gateway.networking.k8s.io" } });
      await reader.until(() => reader.names.includes("gateway.networking.k8s.io/TCPRoute/shop/tcp"));
    }));

  it("asks for the definitions' metadata alone", () =>
    reading({}, async ({ api, reader }) => {
      await reader.start(api);
      await api.until(() => api.openWatches(definitions).length === 1);
      const accepted = api.seen.filter(({ path }) => path === definitions).map(({ accept }) => accept);
      assert.deepEqual(
        accepted.map((accept) => /as=(\w+)/.exec(accept)?.[1]),
        ["PartialObjectMetadataList", "PartialObjectMetadata"],
      );
    }));

  it("does without watching definitions where that is not allowed", () =>
    reading({}, async ({ api, reader }) => {
      api.unserve(routes);
      api.failNext(({ path }) => path === definitions, status(403, "forbidden"));
      await reader.start(api);
      api.serve(routes, "TCPRoute");
      api.put(routes, object("tcp"));
      await reader.until(() => reader.names.length === 1);
      assert.equal(api.openWatches(definitions).length, 0);
    }));

  it("takes the best version that is served, and changes over without losing anything", () =>
    reading({}, async ({ api, reader }) => {
      api.unserve(routes);
      api.serve(formerRoutes, "TCPRoute");
      api.put(formerRoutes, object("tcp"));
      await reader.start(api);
      assert.deepEqual(reader.batches, [["+gateway.networking.k8s.io/TCPRoute/shop/tcp"]]);
      api.serve(routes, "TCPRoute");
      api.put(routes, object("tcp"));
      await reader.until(() => reader.batches.length === 2);
      assert.deepEqual(reader.batches[1], ["+gateway.networking.k8s.io/TCPRoute/shop/tcp"]);
      assert.equal(reader.objects.get("gateway.networking.k8s.io/TCPRoute/shop/tcp")?.apiVersion, routes.slice(6, -10));
      await api.until(() => api.openWatches(formerRoutes).length === 0);
    }));

  it("drops the objects of a kind that is gone for good, not of one that is missing for a moment", () =>
    reading({}, async ({ api, reader }) => {
      api.put(routes, object("tcp"));
      await reader.start(api);
      const discovery = "/apis/gateway.networking.k8s.io/v1";
      for (let times = 0; times < 2; times++) api.failNext(({ path }) => path === discovery, status(404, "starting"));
      const looks = (): number => api.seen.filter(({ path }) => path === discovery).length;
      api.put(definitions, { metadata: { name: "something" } });
      await api.until(() => looks() >= 4);
      assert.equal(reader.batches.length, 1);
      api.unserve(routes);
      await reader.until(() => reader.names.length === 0);
    }));

  it("waits for what it may not read, says so, and goes on once it may", () =>
    reading({}, async ({ api, reader }) => {
      api.put(services, service("web", "a.example"));
      const forbidden = status(403, "services is forbidden");
      for (let times = 0; times < 5; times++) api.failNext(({ path }) => path === services, forbidden);
      const starting = reader.start(api);
      await reader.until(() => reader.troubles.length === 1);
      const freshness = reader.source.freshness().find(({ kind }) => kind === "Service");
      assert.equal(freshness?.synced, false);
      assert.equal(freshness?.problem, "services is forbidden (403)");
      assert.equal(freshness?.brokenSince instanceof Date, true);
      await starting;
      await reader.until(() => reader.troubles.length === 2);
      assert.deepEqual(reader.troubles, [
        { what: "services", problem: "services is forbidden (403)" },
        { what: "services", problem: undefined },
      ]);
      const after = reader.source.freshness().find(({ kind }) => kind === "Service");
      assert.deepEqual([after?.synced, after?.problem, after?.brokenSince], [true, undefined, undefined]);
    }));
});

describe("how much is read", () => {
  it("reads only the Secrets that are referred to", () =>
    reading({}, async ({ api, reader }) => {
      for (const name of ["wanted", "other"]) api.put(secrets, object(name, { data: { "tls.crt": "" } }));
      api.put(gateways, gateway("edge", "wanted", "missing"));
      await reader.start(api);
      assert.deepEqual(reader.names, ["/Secret/shop/wanted", "gateway.networking.k8s.io/Gateway/shop/edge"]);
      assert.equal(api.lists(secrets).length, 0, "never those of the whole cluster");
      const singles = api.lists("/api/v1/namespaces/shop/secrets").map(({ query }) => query.get("fieldSelector") ?? "");
      assert.deepEqual(singles.toSorted(), ["metadata.name=missing", "metadata.name=wanted"]);
      api.put(secrets, object("missing"));
      await reader.until(() => reader.names.includes("/Secret/shop/missing"));
      api.put(gateways, gateway("edge"));
      await reader.until(() => reader.names.length === 1);
      await api.until(() => api.openWatches(secrets).length === 0);
    }));

  it("starts only when what is referred to is there too, whoever asks for it", () =>
    reading({}, async ({ api, reader }) => {
      api.put(secrets, object("late"));
      api.put(services, service("web", "a.example"));
      const seen: string[][] = [];
      await reader.source.start((batch) => {
        seen.push(batch.changes.map(({ key }) => key));
        reader.source.want("test", [secretRef("late")]);
      });
      assert.deepEqual(seen, [["/Service/shop/web"], ["/Secret/shop/late"]]);
    }));

  it("watches the namespace once many of its Secrets are wanted, and still keeps no others", () =>
    reading({}, async ({ api, reader }) => {
      const names = Array.from({ length: 20 }, (_, index) => `secret-${index}`);
      for (const name of [...names, "other"]) api.put(secrets, object(name));
      await reader.start(api);
      reader.source.want(
        "test",
        names.slice(0, 8).map((name) => secretRef(name)),
      );
      await reader.until(() => reader.objects.size === 8);
      await api.until(() => api.openWatches(secrets).length === 8);
      reader.source.want(
        "test",
        names.map((name) => secretRef(name)),
      );
      await reader.until(() => reader.objects.size === 20);
      await api.until(() => api.openWatches(secrets).length === 1);
      assert.equal(api.openWatches(secrets)[0]?.query.get("fieldSelector"), "type!=helm.sh/release.v1");
      assert.equal(
        reader.batches.flat().some((change) => change.startsWith("-")),
        false,
        "none went meanwhile",
      );
      assert.equal(reader.names.includes("/Secret/shop/other"), false);
      reader.source.want(
        "test",
        names.slice(1).map((name) => secretRef(name)),
      );
      await reader.until(() => reader.objects.size === 19);
      api.put(secrets, object("secret-0", { data: { changed: "" } }));
      api.put(secrets, object("other", { data: { changed: "" } }));
      reader.source.want(
        "test",
        names.map((name) => secretRef(name)),
      );
      await reader.until(() => reader.objects.size === 20);
      assert.deepEqual(reader.objects.get("/Secret/shop/secret-0")?.body.data, { changed: "" });
    }));

  it("reads only the namespaces it is to read", () =>
    reading({ namespaces: ["shop", "bank"] }, async ({ api, reader }) => {
      for (const namespace of ["shop", "bank", "zoo"]) {
        api.put("/api/v1/namespaces", { metadata: { name: namespace } });
        api.put(services, service("web", "a.example", { namespace }));
        api.put(secrets, object("certificate", {}, { namespace }));
      }
      reader.source.want("test", [secretRef("certificate")]);
      await reader.start(api);
      assert.deepEqual(reader.names, [
        "/Namespace//bank",
        "/Namespace//shop",
        "/Secret/shop/certificate",
        "/Service/bank/web",
        "/Service/shop/web",
      ]);
      assert.equal(api.lists(services).length, 0);
    }));

  it("selects by label what users write, and not what that refers to", () =>
    reading({ labelSelector: "team=blue" }, async ({ api, reader }) => {
      api.put(services, service("web", "a.example"));
      api.put(gateways, gateway("plain"));
      api.put(gateways, object("blue", {}, { labels: { team: "blue" } }));
      await reader.start(api);
      assert.deepEqual(reader.names, ["/Service/shop/web", "gateway.networking.k8s.io/Gateway/shop/blue"]);
    }));
});

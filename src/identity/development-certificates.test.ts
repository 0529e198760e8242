import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { access, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { InputCollection } from "../incremental/collection.ts";
import { Graph } from "../incremental/graph.ts";
import { textAt } from "../model/json.ts";
import {
  type GroupKind,
  groupOf,
  type JsonObject,
  kindKey,
  objectKey,
  refOf,
  type SourceObject,
} from "../model/source-object.ts";
import { DevelopmentCertificates } from "./development-certificates.ts";

const annotations = { "weir.dev/certificates": "development" };

function object(source: string, body: JsonObject, extra: Partial<SourceObject> = {}): SourceObject {
  const { apiVersion, kind } = body;
  assert.ok(typeof apiVersion === "string" && typeof kind === "string");
  const base = { apiVersion, kind, namespace: "shop", name: "web", scope: "", uid: "", generation: 1, labels: {} };
  return { ...base, creationTimestamp: "", annotations, body, source, ...extra };
}

function ingress(hosts: readonly string[], extra: Partial<SourceObject> = {}): SourceObject {
  const spec = { tls: [{ hosts, secretName: "web-tls" }] };
  return object("file", { apiVersion: "networking.k8s.io/v1", kind: "Ingress", spec }, extra);
}

/** The source between a graph it reads from and one it writes to, as in a control plane. */
function harness(directory: string) {
  const graph = new Graph({ onError: (_collection, _key, error) => assert.fail(String(error)) });
  const kinds = new Map<string, InputCollection<SourceObject>>();
  const objects = (kind: GroupKind): InputCollection<SourceObject> => {
    const key = kindKey(kind);
    const found = kinds.get(key) ?? graph.input<SourceObject>(key);
    kinds.set(key, found);
    return found;
  };
  const source = new DevelopmentCertificates({ directory, now: () => new Date() });
  const problems: string[] = [];
  let delivered = Promise.withResolvers<void>();
  source.observe(objects);
  const set = (...list: readonly SourceObject[]): void =>
    graph.transaction(() => {
      for (const each of list)
        objects({ group: groupOf(each.apiVersion), kind: each.kind }).set(objectKey(refOf(each)), each);
    });
  return {
    source,
    problems,
    set,
    remove: (each: SourceObject): void =>
      graph.transaction(() =>
        objects({ group: groupOf(each.apiVersion), kind: each.kind }).delete(objectKey(refOf(each))),
      ),
    start: () =>
      source.start(({ changes, diagnostics }) => {
        for (const list of diagnostics.values()) problems.push(...list.map(({ message }) => message));
        graph.transaction(() => {
          for (const change of changes) {
            const secrets = objects({ group: "", kind: "Secret" });
            // A source that comes first wins over this one.
            if ((secrets.get(change.key)?.source ?? "development") !== "development") continue;
            if (change.object === undefined) secrets.delete(change.key);
            else secrets.set(change.key, change.object);
          }
        });
        delivered.resolve();
        delivered = Promise.withResolvers();
      }),
    /** Resolves at the next delivery; take it before causing one. */
    next: () => delivered.promise,
    secret: (): SourceObject | undefined => objects({ group: "", kind: "Secret" }).get("/Secret/shop/web-tls"),
    names: (): string => {
      const data =
        textAt(objects({ group: "", kind: "Secret" }).get("/Secret/shop/web-tls")?.body, "data", "tls.crt") ?? "";
      return data === "" ? "" : (new X509Certificate(Buffer.from(data, "base64")).subjectAltName ?? "");
    },
  };
}

describe("certificates for development", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "weir-dev-"));
  });
  after(() => rm(folder, { recursive: true }));

  test("an annotated Ingress gets its Secret before the source counts as synced", async () => {
    const { set, start, names, secret, source } = harness(join(folder, "a"));
    set(ingress(["b.test", "a.test"]));
    await start();
    assert.equal(names(), "DNS:a.test, DNS:b.test");
    assert.equal(secret()?.body.type, "kubernetes.io/tls");
    assert.equal((await stat(join(folder, "a/issued/shop_web-tls.pem"))).mode & 0o777, 0o600);
    await source.close();
  });

  test("a Gateway gets one for the hosts of its listeners", async () => {
    const { set, start, names, source } = harness(join(folder, "b"));
    const listener = (hostname: string) => ({ hostname, tls: { certificateRefs: [{ name: "web-tls" }] } });
    const spec = { listeners: [listener("*.shop.test"), listener("shop.test"), { name: "http" }] };
    set(object("file", { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", spec }));
    await start();
    assert.equal(names(), "DNS:*.shop.test, DNS:shop.test");
    await source.close();
  });

  test("without the annotation nothing is made, not even the authority", async () => {
    const { set, start, secret, source } = harness(join(folder, "c"));
    set(ingress(["a.test"], { annotations: {} }));
    await start();
    assert.equal(secret(), undefined);
    await assert.rejects(access(join(folder, "c")));
    await source.close();
  });

  test("follows edits, and a Secret somebody writes takes its place", async () => {
    const { set, remove, start, names, secret, next, source } = harness(join(folder, "d"));
    await start();
    let delivery = next();
    set(ingress(["a.test"]));
    await delivery;
    assert.equal(names(), "DNS:a.test");
    delivery = next();
    set(ingress(["c.test"]));
    await delivery;
    assert.equal(names(), "DNS:c.test");
    delivery = next();
    const own = object("file", { apiVersion: "v1", kind: "Secret" }, { name: "web-tls" });
    set(own);
    await delivery;
    assert.equal(secret(), own);
    delivery = next();
    remove(own);
    await delivery;
    assert.equal(names(), "DNS:c.test");
    delivery = next();
    remove(ingress([]));
    await delivery;
    assert.equal(secret(), undefined);
    await source.close();
  });

  test("a restart supplies the same certificate", async () => {
    const certificates: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const { set, start, secret, source } = harness(join(folder, "e"));
      set(ingress(["a.test"]));
      await start();
      certificates.push(secret()?.body.data);
      await source.close();
    }
    assert.deepEqual(certificates[0], certificates[1]);
  });

  test("an authority that cannot be used is a diagnostic", async () => {
    const { set, start, problems, secret, source } = harness("/dev/null/nowhere");
    set(ingress(["a.test"]));
    await start();
    assert.equal(secret(), undefined);
    assert.match(problems[0] ?? "", /^no certificates can be made for development: /);
    await source.close();
  });
});

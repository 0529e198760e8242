import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, SourceObject } from "../model/source-object.ts";
import { referencedObjects } from "./referenced-objects.ts";

function written(apiVersion: string, kind: string, spec: JsonObject): SourceObject {
  const metadata = { namespace: "shop", name: "it" };
  return {
    apiVersion,
    kind,
    namespace: "shop",
    name: "it",
    scope: "",
    uid: "",
    generation: 1,
    creationTimestamp: "",
    labels: {},
    annotations: {},
    body: { apiVersion, kind, metadata, spec },
    source: "test",
  };
}

function names(apiVersion: string, kind: string, spec: JsonObject): readonly string[] {
  return referencedObjects(written(apiVersion, kind, spec)).map((ref) => `${ref.kind} ${ref.namespace}/${ref.name}`);
}

const gatewayApi = "gateway.networking.k8s.io/v1";

describe("what has to be read for an object to be understood", () => {
  it("finds the certificates of an Ingress", () => {
    const tls = [{ secretName: "one" }, { hosts: ["a.example"] }, { secretName: "" }, { secretName: 3 }, "two"];
    assert.deepEqual(names("networking.k8s.io/v1", "Ingress", { tls }), ["Secret shop/one"]);
  });

  it("finds certificates, authorities and the client certificate of a Gateway, permitted or not", () => {
    const certificateRefs = [{ name: "one" }, { name: "two", namespace: "bank", group: "", kind: "Secret" }];
    const authority = (name: string): JsonObject => ({
      validation: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name }] },
    });
    const spec = {
      listeners: [{ tls: { certificateRefs } }, { name: "http" }],
      tls: {
        backend: { clientCertificateRef: { name: "client" } },
        frontend: { default: authority("all"), perPort: [{ port: 443, tls: authority("some") }] },
      },
    };
    assert.deepEqual(names(gatewayApi, "Gateway", spec), [
      "Secret shop/one",
      "Secret bank/two",
      "ConfigMap shop/all",
      "ConfigMap shop/some",
      "Secret shop/client",
    ]);
  });

  it("finds the certificates of a ListenerSet and the authorities of a BackendTLSPolicy", () => {
    const listeners = [{ tls: { certificateRefs: [{ name: "one" }] } }];
    assert.deepEqual(names(gatewayApi, "ListenerSet", { listeners }), ["Secret shop/one"]);
    const caCertificateRefs = [{ group: "", kind: "ConfigMap", name: "ca" }];
    const validation = { caCertificateRefs };
    assert.deepEqual(names(gatewayApi, "BackendTLSPolicy", { validation }), ["ConfigMap shop/ca"]);
  });

  it("passes over references to anything else, and over other kinds", () => {
    const certificateRefs = [
      { group: "vault.example", kind: "Secret", name: "one" },
      { kind: "Pod", name: "two" },
    ];
    assert.deepEqual(names(gatewayApi, "Gateway", { listeners: [{ tls: { certificateRefs } }] }), []);
    assert.deepEqual(names("v1", "Ingress", { tls: [{ secretName: "one" }] }), []);
  });
});

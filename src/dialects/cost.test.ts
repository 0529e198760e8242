import assert from "node:assert/strict";
import test from "node:test";
import { makeTestCertificates } from "../../test/generators/certificates.ts";
import { sourceObject } from "../../test/generators/source-object.ts";
import type { JsonObject, SourceObject } from "../model/source-object.ts";
import { createRig, type DialectRig, recomputedBy, setting } from "./testing/dialect-rig.ts";

const certificates = await makeTestCertificates();
const gatewayApi = "gateway.networking.k8s.io/v1";
const routeCount = 50;

function gatewayClass(): SourceObject {
  const content = { spec: { controllerName: "weir.dev/gateway" } };
  return sourceObject({ apiVersion: gatewayApi, kind: "GatewayClass", namespace: "", name: "weir", content });
}

function gateway(): SourceObject {
  const listeners = [
    { name: "http", port: 80, protocol: "HTTP" },
    { name: "https", port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "tls" }] } },
  ];
  const content = { spec: { gatewayClassName: "weir", listeners } };
  return sourceObject({ apiVersion: gatewayApi, kind: "Gateway", namespace: "shop", name: "edge", content });
}

function route(index: number, rule: JsonObject = {}): SourceObject {
  const backendRefs = [{ name: `s${index}`, port: 80 }];
  const content = {
    spec: { parentRefs: [{ name: "edge" }], hostnames: [`h${index}.test`], rules: [{ backendRefs, ...rule }] },
  };
  return sourceObject({ apiVersion: gatewayApi, kind: "HTTPRoute", namespace: "shop", name: `r${index}`, content });
}

function ingress(index: number, path = "/"): SourceObject {
  const backend = { service: { name: `s${index}`, port: { number: 80 } } };
  const rules = [{ host: `i${index}.test`, http: { paths: [{ path, pathType: "Prefix", backend }] } }];
  const content = { spec: { rules, tls: [{ hosts: [`i${index}.test`], secretName: "tls" }] } };
  return sourceObject({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    namespace: "shop",
    name: `i${index}`,
    content,
  });
}

function service(index: number, appProtocol?: string): SourceObject {
  const ports = [{ name: "http", port: 80, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  return sourceObject({
    apiVersion: "v1",
    kind: "Service",
    namespace: "shop",
    name: `s${index}`,
    content: { spec: { ports } },
  });
}

function slice(index: number, address: string): SourceObject {
  return sourceObject({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    namespace: "shop",
    name: `s${index}-1`,
    labels: { "kubernetes.io/service-name": `s${index}` },
    content: { addressType: "IPv4", ports: [{ name: "http", port: 8080 }], endpoints: [{ addresses: [address] }] },
  });
}

function secret(certificate: number): SourceObject {
  const { chain = "", key = "" } = certificates.good[certificate] ?? {};
  const data = { "tls.crt": Buffer.from(chain).toString("base64"), "tls.key": Buffer.from(key).toString("base64") };
  const content = { type: "kubernetes.io/tls", data };
  return sourceObject({ apiVersion: "v1", kind: "Secret", namespace: "shop", name: "tls", content });
}

function policy(): SourceObject {
  const targetRefs = [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "r0" }];
  const content = { spec: { targetRefs, clientAddresses: { deny: ["10.0.0.0/8"] } } };
  return sourceObject({ apiVersion: "weir.dev/v1alpha1", kind: "AccessPolicy", namespace: "shop", name: "p", content });
}

/** A gateway with a certificate, and routes, Ingresses, services and slices, each route and Ingress with a host and a service of its own. */
function filledRig(): DialectRig {
  const rig = createRig();
  const numbers = Array.from({ length: routeCount }, (_, index) => index);
  const objects = numbers.flatMap((index) => [route(index), ingress(index), service(index), slice(index, "10.0.0.1")]);
  rig.apply(setting(gatewayClass(), gateway(), secret(0), policy(), ...objects));
  assert.equal(rig.outputs.get("gateway-api")?.rules?.size, routeCount);
  assert.equal(rig.core.endpointSets.get("shop/s0/80")?.endpoints.length, 1);
  return rig;
}

test("one endpoint change makes one endpoint set anew and nothing else", () => {
  const rig = filledRig();
  const counts = recomputedBy(rig, () => rig.apply(setting(slice(7, "10.0.0.2"))));
  assert.deepEqual(counts, {
    "core/slices": 1,
    "core/slices-by-service": 1,
    "core/endpoint-sets": 1,
    "core/slice-diagnostics": 1,
  });
  assert.equal(rig.core.endpointSets.get("shop/s7/80")?.endpoints[0]?.address, "10.0.0.2");
});

test("an endpoint slice that says the same as before makes nothing anew", () => {
  const rig = filledRig();
  assert.deepEqual(
    recomputedBy(rig, () => rig.apply(setting(slice(7, "10.0.0.1")))),
    {},
  );
});

test("an edit of a route runs that route, and nothing of its gateway", () => {
  const rig = filledRig();
  const edited = route(7, { matches: [{ path: { value: "/new" } }] });
  const counts = recomputedBy(rig, () => rig.apply(setting(edited)));
  assert.deepEqual(counts, {
    "gateway-api/HTTPRoute": 1,
    "gateway-api/all-routes": 1,
    "gateway-api/policed-services-of-HTTPRoute": 1,
    "gateway-api/analysed-routes": 1,
    "gateway-api/contenders": 1,
    "gateway-api/routes": 1,
    "gateway-api/attachments": 1,
    "gateway-api/route-status": 1,
    "gateway-api/rules": 1,
    "gateway-api/route-diagnostics": 1,
  });
});

test("a new route runs itself and its gateway's count of routes", () => {
  const rig = filledRig();
  const counts = recomputedBy(rig, () => rig.apply(setting(route(routeCount), service(routeCount))));
  assert.equal(counts["gateway-api/HTTPRoute"], 1);
  assert.equal(counts["gateway-api/rules"], 1);
  assert.equal(counts["gateway-api/gateway-status"], 1);
  assert.equal(counts["gateway-api/gateway-analyses"], undefined);
  const status = rig.outputs.get("gateway-api")?.status?.get("gateway.networking.k8s.io/Gateway/shop/edge");
  assert.match(JSON.stringify(status), new RegExp(`"attachedRoutes":${routeCount + 1}`));
});

test("an edit of an Ingress runs that Ingress and none of the other's rules", () => {
  const rig = filledRig();
  const counts = recomputedBy(rig, () => rig.apply(setting(ingress(7, "/new"))));
  assert.deepEqual(counts, {
    "ingress/claims": 1,
    "ingress/served": 1,
    "ingress/tls-entries": 1,
    "ingress/wildcard-hosts": 1,
    "ingress/translations": 1,
    "ingress/tls-diagnostics": 1,
    "ingress/placements": 1,
    "ingress/object-rules": 1,
    "ingress/rules": 3, // the rule, its redirect, and the challenges' rule that the new path no longer covers
    "ingress/object-diagnostics": 1,
    "ingress/status": 1,
  });
});

test("an edit of a service runs what refers to it", () => {
  const rig = filledRig();
  const counts = recomputedBy(rig, () => rig.apply(setting(service(7, "kubernetes.io/h2c"))));
  assert.equal(counts["gateway-api/HTTPRoute"], 1);
  assert.equal(counts["ingress/translations"], 1);
  assert.equal(counts["core/backends"], 1);
  assert.equal(counts["gateway-api/gateway-analyses"], undefined);
});

test("a renewed certificate changes the certificate and no listener, route or rule", () => {
  const rig = filledRig();
  const changed: string[] = [];
  for (const [name, output] of rig.outputs) {
    for (const [kind, collection] of Object.entries(output))
      collection.subscribe(() => changed.push(`${name}/${kind}`));
  }
  const counts = recomputedBy(rig, () => rig.apply(setting(secret(1))));
  assert.deepEqual(changed, []);
  assert.equal(counts["core/certificates"], 1);
  assert.equal(counts["gateway-api/HTTPRoute"], undefined);
  assert.equal(counts["ingress/translations"], undefined);
});

test("an edit of a policy runs that policy alone", () => {
  const rig = filledRig();
  const object = policy();
  const edited = {
    ...object,
    body: { ...object.body, spec: { ...Object(object.body.spec), clientAddresses: { deny: ["192.0.2.1"] } } },
  };
  const counts = recomputedBy(rig, () => rig.apply(setting(edited)));
  assert.deepEqual(
    Object.keys(counts).filter((name) => !name.startsWith("weir/")),
    [],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isList, isObject, listAt, numberAt, objectAt, textAt } from "../model/json.ts";
import type { ServedPort, SettledProxyRequest } from "../model/proxy-request.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { testGoldens } from "../testing/golden.ts";
import { gatewayObjects } from "./gateway-objects.ts";
import { restartAnnotation, wantedAnnotation } from "./names.ts";
import { plainRequest as request } from "./testing/proxy-request.ts";

const settings = {
  envoyImage: "envoyproxy/envoy:distroless-v1.40.0",
  controlPlane: { host: "weir.weir-system.svc", port: 18_000 },
  trustedAuthorities: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
};

const noServices = (): undefined => undefined;

interface Input {
  readonly request: SettledProxyRequest;
  readonly ports: readonly ServedPort[];
}

testGoldens(new URL("goldens/", import.meta.url), ({ options, input }) => {
  const objects = gatewayObjects(input as Input, settings, noServices);
  const kinds = (options as { readonly show?: readonly string[] } | null)?.show;
  return objects.filter((object) => kinds?.includes(textAt(object, "kind") ?? "") !== false).map(shortened);
});

/** Without the text of the bootstrap, which has goldens of its own, and without hashes that depend on it. */
function shortened(object: JsonObject): Json {
  const data = objectAt(object, "data");
  const files = Object.fromEntries(Object.keys(data).map((name) => [name, "…"]));
  return withoutHashes(object.kind === "ConfigMap" ? { ...object, data: files } : object);
}

function withoutHashes(value: Json): Json {
  if (isList(value)) return value.map(withoutHashes);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, Json | undefined] => {
    if (name === wantedAnnotation || name === restartAnnotation) return [name, "…"];
    return [name, inner === undefined ? undefined : withoutHashes(inner)];
  });
  return Object.fromEntries(entries);
}

const ports = [{ port: 80, protocol: "TCP" }] as const;

function template(objects: readonly JsonObject[]): Json | undefined {
  const spec = objects.find(({ kind }) => kind === "Deployment")?.spec as JsonObject | undefined;
  return spec?.template;
}

test("what running proxies take over starts no new pods: authorities, ports, addresses", () => {
  const before = template(gatewayObjects({ request, ports }, settings, noServices));
  assert.notEqual(before, undefined);
  const others = { ...settings, trustedAuthorities: "another" };
  assert.deepEqual(template(gatewayObjects({ request, ports }, others, noServices)), before);
  assert.deepEqual(template(gatewayObjects({ request, ports: [] }, settings, noServices)), before);
  const addresses = [{ type: "IPAddress", value: "192.0.2.1" }] as const;
  assert.deepEqual(
    template(gatewayObjects({ request: { ...request, addresses }, ports }, settings, noServices)),
    before,
  );
});

test("what a proxy reads only once starts new pods", () => {
  const before = template(gatewayObjects({ request, ports }, settings, noServices));
  const others = { ...settings, controlPlane: { host: "elsewhere.weir-system.svc", port: 18_000 } };
  assert.notDeepEqual(template(gatewayObjects({ request, ports }, others, noServices)), before);
});

test("a memory limit of the pods is known to Envoy, which turns work away before it is reached", () => {
  const limited = { ...request.settings, resources: { limits: { memory: "1000Mi" } } };
  const objects = gatewayObjects({ request: { ...request, settings: limited }, ports }, settings, noServices);
  const data = objectAt(
    objects.find(({ kind }) => kind === "ConfigMap"),
    "data",
  );
  const { overload_manager: overload } = JSON.parse(textAt(data, "bootstrap.json") ?? "");
  const heap = listAt(overload, "resource_monitors").map((each) =>
    numberAt(each, "typed_config", "max_heap_size_bytes"),
  );
  assert.deepEqual(heap, [900 * 2 ** 20, undefined]);
});

test("every object carries the labels by which it is found, whatever the user's labels are", () => {
  const labels = { "app.kubernetes.io/managed-by": "somebody", team: "shop" };
  for (const object of gatewayObjects({ request: { ...request, labels }, ports }, settings, noServices)) {
    const metadata = object.metadata as { readonly labels: Readonly<Record<string, string>> };
    assert.equal(metadata.labels["app.kubernetes.io/managed-by"], "weir");
    assert.equal(metadata.labels["gateway.networking.k8s.io/gateway-name"], "web");
    assert.equal(metadata.labels.team, "shop");
  }
});

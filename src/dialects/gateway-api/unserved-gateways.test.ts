import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceObject } from "../../../test/generators/source-object.ts";
import type { JsonObject, SourceObject } from "../../model/source-object.ts";
import { defaultOptions, setting } from "../testing/dialect-rig.ts";
import { createPlannedRig } from "../testing/requests.ts";

function object(kind: string, namespace: string, name: string, spec: JsonObject): SourceObject {
  return sourceObject({ apiVersion: "gateway.networking.k8s.io/v1", kind, namespace, name, content: { spec } });
}

test("the proxies of a Gateway of which nothing can be served have a plan, or they would wait for it and never be ready", () => {
  const rig = createPlannedRig({ ...defaultOptions, proxyClassOf: (gateway) => gateway });
  const web = { name: "web", port: 80, protocol: "HTTP" };
  const strange = { name: "strange", port: 1111, protocol: "example.com/other" };
  const addresses = [{ type: "example.com/other", value: "one" }];
  rig.apply(
    setting(
      object("GatewayClass", "", "weir", { controllerName: "weir.dev/gateway" }),
      object("Gateway", "shop", "protocols", { gatewayClassName: "weir", listeners: [strange] }),
      object("Gateway", "shop", "addresses", { gatewayClassName: "weir", listeners: [web], addresses }),
      object("Gateway", "shop", "foreign", { gatewayClassName: "other", listeners: [web] }),
    ),
  );
  assert.deepEqual([...(rig.outputs.get("gateway-api")?.gateways?.entries() ?? [])], []);
  assert.deepEqual([...rig.plan.proxyClasses.entries()].map(([gateway]) => gateway).sort(), [
    "shop/addresses",
    "shop/protocols",
  ]);
});

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isObject, listAt, textAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { route, service, yamlOf } from "../faults/shop.ts";
import { freshPlace, startWeir } from "../faults/weir-under-test.ts";
import { ask, echoBackend, eventually, freePorts } from "./xds-live-proxy.ts";

const apiVersion = "gateway.networking.k8s.io/v1";

function gatewayThatTakes(from: "Same" | "None", port: number): readonly JsonObject[] {
  return [
    { apiVersion, kind: "GatewayClass", metadata: { name: "weir" }, spec: { controllerName: "weir.dev/gateway" } },
    {
      apiVersion,
      kind: "Gateway",
      metadata: { name: "edge", namespace: "shop" },
      spec: {
        gatewayClassName: "weir",
        allowedListeners: { namespaces: { from } },
        listeners: [{ name: "http", port, protocol: "HTTP", hostname: "gateway.test" }],
      },
    },
  ];
}

function listenerSet(port: number, ownPort: number): JsonObject {
  return {
    apiVersion,
    kind: "ListenerSet",
    metadata: { name: "team", namespace: "shop" },
    spec: {
      parentRef: { name: "edge" },
      listeners: [
        { name: "shared", port, protocol: "HTTP", hostname: "team.test" },
        { name: "taken", port, protocol: "HTTP", hostname: "gateway.test" },
        { name: "own", port: ownPort, protocol: "HTTP" },
      ],
    },
  };
}

function ofTheSet(name: string, backend: string): JsonObject {
  const parentRefs = [{ kind: "ListenerSet", name: "team" }];
  const rules = [{ backendRefs: [{ name: backend, port: 80 }] }];
  return { apiVersion, kind: "HTTPRoute", metadata: { name, namespace: "shop" }, spec: { parentRefs, rules } };
}

/** The status and reason of a condition, "True Accepted". */
function conditionOf(holder: Json | undefined, type: string): string {
  const found = listAt(holder, "conditions").find((condition) => textAt(condition, "type") === type);
  return `${textAt(found, "status")} ${textAt(found, "reason")}`;
}

test("a ListenerSet adds ports and hosts to a Gateway that takes it, and none any more when it does not", async (t) => {
  const place = await freshPlace(t);
  const [port = 0, ownPort = 0] = await freePorts(2);
  const [ofGateway, ofSet] = [await echoBackend(t, "of-gateway"), await echoBackend(t, "of-set")];
  const file = join(place.folder, "shop.yaml");
  const write = (from: "Same" | "None") =>
    writeFile(
      file,
      yamlOf([
        ...gatewayThatTakes(from, port),
        listenerSet(port, ownPort),
        ...service("of-gateway", ofGateway.port),
        ...service("of-set", ofSet.port),
        route("web", "gateway.test", "of-gateway"),
        ofTheSet("team", "of-set"),
      ]),
    );
  await write("Same");
  const weir = await startWeir(t, place, [file]);
  if (weir === undefined) return;
  const backendFor = async (at: number, host: string) => {
    const { status, seen } = await ask(at, "/", { host });
    return seen?.backend ?? status;
  };
  assert.equal(await backendFor(port, "gateway.test"), "of-gateway");
  assert.equal(await backendFor(port, "team.test"), "of-set");
  assert.equal(await backendFor(ownPort, "anything.test"), "of-set");

  const path = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/listenersets/team";
  const statusOf = async (): Promise<Json | undefined> => {
    const { body } = await weir.send("GET", path);
    return isObject(body) ? body.status : undefined;
  };
  await eventually(async () => conditionOf(await statusOf(), "Programmed") === "True Programmed", weir.said);
  const status = await statusOf();
  assert.equal(conditionOf(status, "Accepted"), "True ListenersNotValid");
  const listeners = listAt(status, "listeners");
  const programmed = listeners.map((listener) => `${textAt(listener, "name")} ${conditionOf(listener, "Programmed")}`);
  assert.deepEqual(programmed, ["shared True Programmed", "taken False HostnameConflict", "own True Programmed"]);

  await write("None");
  await eventually(async () => (await backendFor(port, "team.test")) === 404, weir.said);
  await eventually(async () => conditionOf(await statusOf(), "Accepted") === "False NotAllowed", weir.said);
  assert.equal(conditionOf(await statusOf(), "Programmed"), "False NotAllowed");
  assert.equal(await backendFor(port, "gateway.test"), "of-gateway");
});

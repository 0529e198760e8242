import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SettledProxyRequest } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { addressesOfServices, observedAddresses } from "./addresses.ts";
import { plannedServices } from "./planned-services.ts";

function request(
  addresses: SettledProxyRequest["addresses"],
  type: SettledProxyRequest["settings"]["service"]["type"] = "LoadBalancer",
): SettledProxyRequest {
  const settings = { service: { type, annotations: {} } };
  return { gateway: "shop/web", labels: {}, annotations: {}, addresses, writtenPorts: [], settings };
}

const balanced = (...ingress: readonly JsonObject[]): JsonObject => ({
  spec: { type: "LoadBalancer" },
  status: { loadBalancer: { ingress } },
});
const one = { type: "IPAddress", value: "192.0.2.1" } as const;
const two = { type: "IPAddress", value: "192.0.2.2" } as const;

describe("addresses", () => {
  test("whatever comes, where none is asked for", () => {
    const service = balanced({ ip: "192.0.2.1" }, { hostname: "lb.example.com" });
    assert.deepEqual(
      observedAddresses(request([]), () => service),
      { addresses: [one, { type: "Hostname", value: "lb.example.com" }] },
    );
  });

  test("an empty value is any address of its type", () => {
    const service = balanced({ hostname: "lb.example.com" }, { ip: "192.0.2.1" });
    assert.deepEqual(
      observedAddresses(request([{ type: "IPAddress" }]), () => service),
      { addresses: [one] },
    );
  });

  test("another address in place of a wanted one is not published", () => {
    const { addresses, problem } = observedAddresses(request([one]), () => balanced({ ip: "192.0.2.9" }));
    assert.deepEqual(addresses, []);
    assert.equal(problem?.reason, "AddressNotUsable");
  });

  test("of two wanted addresses the usable one is told, and the other is why the Gateway is not programmed", () => {
    const wanted = request([one, two]);
    const [first] = plannedServices(wanted, () => undefined);
    const { addresses, problem } = observedAddresses(wanted, (name) =>
      name === first?.name ? balanced({ ip: "192.0.2.1" }) : balanced(),
    );
    assert.deepEqual(addresses, [one]);
    assert.equal(problem?.reason, "AddressNotUsable");
    assert.match(problem.message, /192\.0\.2\.2/);
  });

  test("IPv6 addresses are the same in every spelling", () => {
    const wanted = request([{ type: "IPAddress", value: "2001:DB8:0::1" }]);
    const { problem } = observedAddresses(wanted, () => balanced({ ip: "2001:db8::1" }));
    assert.equal(problem, undefined);
  });

  test("not assigned while there is no Service, or no address of it", () => {
    assert.equal(observedAddresses(request([]), () => undefined).problem?.reason, "AddressNotAssigned");
    assert.equal(observedAddresses(request([]), () => balanced()).problem?.reason, "AddressNotAssigned");
  });

  test("all that Services have, where it is not known what is wanted", () => {
    const external = { spec: { type: "LoadBalancer", externalIPs: ["192.0.2.2"] } };
    assert.deepEqual(addressesOfServices([balanced({ ip: "192.0.2.1" }), external]), { addresses: [one, two] });
    assert.equal(addressesOfServices([balanced()]).problem?.reason, "AddressNotAssigned");
  });

  test("without a load balancer: external addresses, else those of the cluster", () => {
    const internal = { spec: { type: "ClusterIP", clusterIPs: ["10.0.0.1"] } };
    const cluster = observedAddresses(request([], "ClusterIP"), () => internal);
    assert.deepEqual(cluster, { addresses: [{ type: "IPAddress", value: "10.0.0.1" }] });
    const external = { spec: { ...internal.spec, externalIPs: ["192.0.2.1"] } };
    assert.deepEqual(
      observedAddresses(request([one], "ClusterIP"), () => external),
      { addresses: [one] },
    );
  });
});

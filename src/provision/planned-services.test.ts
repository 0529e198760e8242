import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { WantedAddress } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { plannedServices } from "./planned-services.ts";
import { plainRequest } from "./testing/proxy-request.ts";

const values = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] as const;
const addressesOf = (wanted: readonly string[]): WantedAddress[] =>
  wanted.map((value) => ({ type: "IPAddress", value }));

/** Services as Weir keeps them, with a load balancer that gives whatever address is asked for, or one of its own. */
class Services {
  readonly #services = new Map<string, JsonObject>();

  /** Makes what is planned and removes the rest, once more than it takes. Tells which Service each wanted address has. */
  want(wanted: readonly string[]): ReadonlyMap<string, string> {
    const request = { ...plainRequest, addresses: addressesOf(wanted) };
    let planned = plannedServices(request, (name) => this.#services.get(name));
    for (let round = 0; round < 3; round++) {
      const names = new Set(planned.map(({ name }) => name));
      assert.equal(names.size, planned.length, "no two addresses have the same Service");
      for (const { name, wanted: { value = "192.0.2.9" } = {} } of planned) {
        const spec = { type: "LoadBalancer", loadBalancerIP: value };
        this.#services.set(name, { spec, status: { loadBalancer: { ingress: [{ ip: value }] } } });
      }
      for (const name of this.#services.keys()) if (!names.has(name)) this.#services.delete(name);
      const again = plannedServices(request, (name) => this.#services.get(name));
      if (round > 0) assert.deepEqual(again, planned);
      planned = again;
    }
    return new Map(planned.map(({ name, wanted: { value = "" } = {} }) => [value, name]));
  }
}

describe("planned Services", () => {
  test("an address stays with its Service when one before it in the list goes", () => {
    const services = new Services();
    const before = services.want(["192.0.2.1", "192.0.2.2"]);
    assert.equal(before.get("192.0.2.1"), "weir-web");
    const after = services.want(["192.0.2.2"]);
    assert.equal(after.get("192.0.2.2"), before.get("192.0.2.2"));
  });

  test("the address that a load balancer chose stays when it is asked for by name", () => {
    const services = new Services();
    services.want([]);
    assert.equal(services.want(["192.0.2.9"]).get("192.0.2.9"), "weir-web");
    assert.equal(services.want(["192.0.2.1", "192.0.2.9"]).get("192.0.2.9"), "weir-web");
  });

  test("an address that is asked for and not given has its Service too", () => {
    const asking = { spec: { type: "LoadBalancer", loadBalancerIP: "192.0.2.2" } };
    const request = { ...plainRequest, addresses: addressesOf(["192.0.2.1", "192.0.2.2"]) };
    const planned = plannedServices(request, (name) => (name === "weir-web" ? asking : undefined));
    assert.equal(planned.find(({ name }) => name === "weir-web")?.wanted?.value, "192.0.2.2");
  });

  test("whatever is edited, an address that stays wanted stays with its Service", () => {
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray([...values], { minLength: 1 }), { minLength: 2 }), (edits) => {
        const services = new Services();
        let before: ReadonlyMap<string, string> = new Map();
        for (const wanted of edits) {
          const after = services.want(wanted);
          assert.deepEqual([...after.keys()].sort(), [...wanted].sort());
          for (const [value, name] of before) if (after.has(value)) assert.equal(after.get(value), name);
          before = after;
        }
      }),
    );
  });
});

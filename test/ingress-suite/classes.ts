import assert from "node:assert/strict";
import { before, it } from "node:test";
import { textAt, valueAt } from "../../src/model/json.ts";
import { gatewayObjects, ingress, ingressClass, namespace } from "./objects.ts";
import { addressesIn, type SuiteCluster } from "./suite-cluster.ts";

const defaultClass = "ingressclass.kubernetes.io/is-default-class";

export function classes(cluster: SuiteCluster): void {
  const group = "classes";
  const rulesFor = (host: string) => [{ host, paths: [{ path: "/", backend: "one" }] }] as const;
  let address = "";
  before(async () => {
    await cluster.gateway(group);
    await cluster.apply({
      ...ingressClass("foreign"),
      spec: { controller: "example.com/ingress-controller" },
    });
    address = await cluster.serve(
      group,
      ingress("foreign", "foreign", { rules: rulesFor("foreign.example") }),
      ingress("nowhere", "no-such-class", { rules: rulesFor("nowhere.example") }),
      ingress("own", group, { rules: rulesFor("own.example") }),
    );
  });

  it("an Ingress of an own class is served", async () => {
    await cluster.expect({ address, host: "own.example", path: "/" }, { status: 200, service: "one" });
  });

  for (const [name, what] of [
    ["foreign", "another controller's class"],
    ["nowhere", "a class that does not exist"],
  ] as const) {
    it(`an Ingress of ${what} is left alone`, async () => {
      await cluster.expect({ address, host: `${name}.example`, path: "/" }, { status: 404 });
      assert.deepEqual(valueAt(await cluster.read("ingress", name), "status"), { loadBalancer: {} });
    });
  }

  it("the older annotation names a class, too", async () => {
    const annotations = { "kubernetes.io/ingress.class": group };
    await cluster.serve(group, ingress("annotated", undefined, { rules: rulesFor("annotated.example"), annotations }));
    await cluster.expect({ address, host: "annotated.example", path: "/" }, { status: 200, service: "one" });
  });

  it("an Ingress that names no class is assigned the default class", async () => {
    await cluster.kubectl("annotate", "ingressclass", group, `${defaultClass}=true`);
    try {
      await cluster.serve(group, ingress("classless", undefined, { rules: rulesFor("classless.example") }));
      assert.equal(textAt(await cluster.read("ingress", "classless"), "spec", "ingressClassName"), group);
      await cluster.expect({ address, host: "classless.example", path: "/" }, { status: 200, service: "one" });
    } finally {
      await cluster.kubectl("annotate", "ingressclass", group, `${defaultClass}-`);
    }
  });

  it("the status tells the address of the Gateway that the class names", async () => {
    const [gateway, served] = [await cluster.read("gateway", group), await cluster.read("ingress", "own")];
    const addresses = addressesIn(gateway, "status", "addresses");
    assert.equal(addresses.length, 1);
    assert.deepEqual(addressesIn(served, "status", "loadBalancer", "ingress"), addresses);
  });

  it("routes of that Gateway are served at the same address", async () => {
    await cluster.apply({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "beside", namespace },
      spec: {
        parentRefs: [{ name: group }],
        hostnames: ["route.example"],
        rules: [{ backendRefs: [{ name: "two", port: 8080 }] }],
      },
    });
    await cluster.expect({ address, host: "route.example", path: "/" }, { status: 200, service: "two" });
    await cluster.expect({ address, host: "own.example", path: "/" }, { status: 200, service: "one" });
  });

  it("a class without parameters is served by the installation's own gateway, at another address", async () => {
    const other = await cluster.serve("weir", ingress("plain", "weir", { rules: rulesFor("plain.example") }));
    assert.notEqual(other, address);
    const service = await cluster.read("service", "weir-ingress", "weir-system");
    assert.deepEqual(addressesIn(service, "status", "loadBalancer", "ingress"), [other]);
    await cluster.expect({ address: other, host: "plain.example", path: "/" }, { status: 200, service: "one" });
    await cluster.expect({ address, host: "plain.example", path: "/" }, { status: 404 });
  });

  it("a class whose Gateway is made later is served as soon as it is there", async () => {
    const late = "late";
    const [gateway = {}, itsClass = {}] = gatewayObjects(late);
    await cluster.apply(itsClass, ingress("early", late, { rules: rulesFor("early.example") }));
    await cluster.apply(gateway);
    const own = await cluster.addressOf("early");
    await cluster.expect({ address: own, host: "early.example", path: "/" }, { status: 200, service: "one" });
  });

  it("an Ingress that is edited is served as it is now, and not at all once it is deleted", async () => {
    await cluster.serve(group, ingress("changing", group, { rules: rulesFor("before.example") }));
    await cluster.expect({ address, host: "before.example", path: "/" }, { status: 200, service: "one" });
    await cluster.apply(ingress("changing", group, { rules: rulesFor("after.example") }));
    await cluster.expect({ address, host: "after.example", path: "/" }, { status: 200, service: "one" });
    await cluster.expect({ address, host: "before.example", path: "/" }, { status: 404 });
    await cluster.kubectl("delete", "ingress", "changing");
    await cluster.expect({ address, host: "after.example", path: "/" }, { status: 404 });
  });
}

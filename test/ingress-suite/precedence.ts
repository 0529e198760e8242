import { before, it } from "node:test";
import { ingress } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

/**
 * "Multiple matches": precedence is given first to the longest matching path, then to an exact one over a prefix. The order in which paths are
 * written, and the Ingress in which they are, has no say.
 */
export function precedence(cluster: SuiteCluster): void {
  const group = "precedence";
  let address = "";
  before(async () => {
    await cluster.gateway(group);
    address = await cluster.serve(
      group,
      ingress("longest-last", group, {
        rules: [
          {
            host: "order.example",
            paths: [
              { path: "/", backend: "one" },
              { path: "/shop", backend: "two" },
              { path: "/shop/cart", backend: "three" },
            ],
          },
        ],
      }),
      ingress("longest-first", group, {
        rules: [
          {
            host: "reverse.example",
            paths: [
              { path: "/shop/cart", backend: "three" },
              { path: "/shop", backend: "two" },
              { path: "/", backend: "one" },
            ],
          },
        ],
      }),
      ingress("older", group, { rules: [{ host: "several.example", paths: [{ path: "/shop", backend: "one" }] }] }),
      ingress("younger", group, {
        rules: [
          {
            host: "several.example",
            paths: [
              { path: "/shop/cart", backend: "two" },
              { path: "/shop", pathType: "Exact", backend: "three" },
            ],
          },
        ],
      }),
    );
  });

  for (const host of ["order.example", "reverse.example"]) {
    it(`the longest matching path wins: ${host}`, async () => {
      await cluster.expect({ address, host, path: "/shop/cart/1" }, { status: 200, service: "three" });
      await cluster.expect({ address, host, path: "/shop/1" }, { status: 200, service: "two" });
      await cluster.expect({ address, host, path: "/elsewhere" }, { status: 200, service: "one" });
    });
  }

  it("the longest matching path wins, in whichever Ingress it is", async () => {
    const host = "several.example";
    await cluster.expect({ address, host, path: "/shop/cart/1" }, { status: 200, service: "two" });
    await cluster.expect({ address, host, path: "/shop/1" }, { status: 200, service: "one" });
  });

  it("of paths of one length an exact one wins, in whichever Ingress it is", async () => {
    await cluster.expect({ address, host: "several.example", path: "/shop" }, { status: 200, service: "three" });
  });
}

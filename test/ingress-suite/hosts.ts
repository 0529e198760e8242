import { before, describe, it } from "node:test";
import { ingress } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

/** The table under "Hostname wildcards" of the documentation of Ingress. */
const wildcardExamples = [
  { host: "*.foo.com", header: "bar.foo.com", matches: true },
  { host: "*.foo.com", header: "baz.bar.foo.com", matches: false },
  { host: "*.foo.com", header: "foo.com", matches: false },
] as const;

/** Nothing has a default backend here: what matches nothing is answered 404. */
export function hosts(cluster: SuiteCluster): void {
  describe("wildcards and precise names", () => {
    const group = "hosts";
    let address = "";
    before(async () => {
      await cluster.gateway(group);
      address = await cluster.serve(
        group,
        // The example of the documentation.
        ingress("wildcard-host", group, {
          rules: [
            { host: "foo.bar.com", paths: [{ path: "/bar", backend: "one" }] },
            { host: "*.foo.com", paths: [{ path: "/foo", backend: "two" }] },
          ],
        }),
        ingress("precise-host", group, {
          rules: [{ host: "precise.foo.com", paths: [{ path: "/precise", backend: "three" }] }],
        }),
      );
    });

    for (const { host, header, matches } of wildcardExamples) {
      it(`${host} and the header ${header}: ${matches ? "matches" : "no match"}`, async () => {
        const wanted = matches ? { status: 200, service: "two" } : { status: 404 };
        await cluster.expect({ address, host: header, path: "/foo" }, wanted);
      });
    }

    it("a precise name matches the header that equals it, in any case and with a port", async () => {
      for (const host of ["foo.bar.com", "FOO.bar.com", "foo.bar.com:80"]) {
        await cluster.expect({ address, host, path: "/bar" }, { status: 200, service: "one" });
      }
      await cluster.expect({ address, host: "a.foo.bar.com", path: "/bar" }, { status: 404 });
    });

    it("both the host and the path must match", async () => {
      await cluster.expect({ address, host: "foo.bar.com", path: "/foo" }, { status: 404 });
      await cluster.expect({ address, host: "bar.foo.com", path: "/bar" }, { status: 404 });
    });

    it("the precise name decides before the wildcard", async () => {
      const host = "precise.foo.com";
      await cluster.expect({ address, host, path: "/precise" }, { status: 200, service: "three" });
      await cluster.expect({ address, host, path: "/foo" }, { status: 404 });
    });
  });

  describe("name based virtual hosting", () => {
    const group = "virtual-hosting";
    let address = "";
    before(async () => {
      await cluster.gateway(group);
      address = await cluster.serve(
        group,
        ingress("name-virtual-host-no-third-host", group, {
          rules: [
            { host: "first.bar.com", paths: [{ path: "/", backend: "one" }] },
            { host: "second.bar.com", paths: [{ path: "/", backend: "two" }] },
            { paths: [{ path: "/", backend: "three" }] },
          ],
        }),
      );
    });

    it("each name gets its Service", async () => {
      await cluster.expect({ address, host: "first.bar.com", path: "/" }, { status: 200, service: "one" });
      await cluster.expect({ address, host: "second.bar.com", path: "/" }, { status: 200, service: "two" });
    });

    it("a rule without a host gets all that no other rule names", async () => {
      for (const host of ["third.bar.com", "bar.com", "a.first.bar.com", "192.0.2.1"]) {
        await cluster.expect({ address, host, path: "/" }, { status: 200, service: "three" });
      }
    });
  });
}

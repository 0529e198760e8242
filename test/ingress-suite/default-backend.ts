import { before, it } from "node:test";
import { ingress } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

/** "An Ingress with no rules sends all traffic to a single default backend", and what matches no rule goes there too. */
export function defaultBackends(cluster: SuiteCluster): void {
  const group = "default-backend";
  let address = "";
  before(async () => {
    await cluster.gateway(group);
    address = await cluster.serve(group, ingress("single-service", group, { defaultBackend: "fallback" }));
  });

  it("an Ingress without rules gets everything", async () => {
    for (const [host, path] of [
      ["any.example", "/"],
      ["other.example", "/any/path?q"],
      ["192.0.2.1", "/"],
    ] as const) {
      await cluster.expect({ address, host, path }, { status: 200, service: "fallback" });
    }
  });

  it("what matches neither host nor path of any Ingress goes to it, and nothing else does", async () => {
    const paths = [{ path: "/known", backend: "one" }] as const;
    await cluster.serve(group, ingress("with-rules", group, { rules: [{ host: "known.example", paths }] }));
    await cluster.expect({ address, host: "known.example", path: "/known" }, { status: 200, service: "one" });
    await cluster.expect({ address, host: "known.example", path: "/else" }, { status: 200, service: "fallback" });
    await cluster.expect({ address, host: "unknown.example", path: "/known" }, { status: 200, service: "fallback" });
  });

  it("an Ingress's own default backend comes before another's for its hosts", async () => {
    const rules = [{ host: "own.example", paths: [{ path: "/known", backend: "one" }] }] as const;
    await cluster.serve(group, ingress("own-default", group, { rules, defaultBackend: "two" }));
    await cluster.expect({ address, host: "own.example", path: "/known" }, { status: 200, service: "one" });
    await cluster.expect({ address, host: "own.example", path: "/else" }, { status: 200, service: "two" });
    await cluster.expect({ address, host: "unknown.example", path: "/else" }, { status: 200, service: "fallback" });
  });
}

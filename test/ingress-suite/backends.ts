import { before, it } from "node:test";
import { backendPort, ingress, namespace } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

const bucket = { resource: { apiGroup: "k8s.example.com", kind: "StorageBucket", name: "icon-assets" } } as const;

export function backends(cluster: SuiteCluster): void {
  const group = "backends";
  const named = { service: { name: "two", port: { name: backendPort.name } } } as const;
  const missing = { service: { name: "missing", port: { number: backendPort.number } } } as const;
  let address = "";
  before(async () => {
    await cluster.gateway(group);
    address = await cluster.serve(
      group,
      ingress("simple-fanout", group, {
        rules: [
          {
            host: "foo.bar.com",
            paths: [
              { path: "/foo", backend: "one" },
              { path: "/bar", backend: named },
            ],
          },
        ],
      }),
      ingress("resource-backend", group, {
        rules: [
          {
            host: "resource.example",
            paths: [
              { path: "/icons", pathType: "ImplementationSpecific", backend: bucket },
              { path: "/", backend: "one" },
            ],
          },
        ],
      }),
      ingress("missing-service", group, {
        rules: [
          {
            host: "missing.example",
            paths: [
              { path: "/missing", backend: missing },
              { path: "/", backend: "one" },
            ],
          },
        ],
      }),
    );
  });

  it("one address fans out to Services, whose ports are given by number or by name", async () => {
    const host = "foo.bar.com";
    await cluster.expect({ address, host, path: "/foo" }, { status: 200, service: "one" });
    await cluster.expect({ address, host, path: "/bar" }, { status: 200, service: "two" });
  });

  it("a resource, which Weir cannot serve, answers 503, and the rest of its Ingress is served", async () => {
    const host = "resource.example";
    await cluster.expect({ address, host, path: "/" }, { status: 200, service: "one" });
    await cluster.expect({ address, host, path: "/icons/1" }, { status: 503 });
  });

  it("a Service that does not exist answers 503 until it does, and the rest of its Ingress is served", async () => {
    const host = "missing.example";
    await cluster.expect({ address, host, path: "/" }, { status: 200, service: "one" });
    await cluster.expect({ address, host, path: "/missing" }, { status: 503 });
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "missing", namespace },
      spec: { selector: { backend: "two" }, ports: [{ port: backendPort.number, targetPort: 3000 }] },
    });
    await cluster.expect({ address, host, path: "/missing" }, { status: 200, service: "two" });
  });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PortTls, Service } from "../model/backend.ts";
import type { Grant } from "../model/grant.ts";
import { protocolOf } from "./app-protocol.ts";
import { presentedBackendKey, readPresentedBackendKey, serviceBackendKey } from "./backend-key.ts";
import { parseDuration } from "./duration.ts";
import { isPermitted } from "./grants.ts";
import { hostsOnListener, hostsOver, intersectHosts } from "./hostnames.ts";
import { expressionProblem } from "./regular-expression.ts";
import { describePorts, findServicePort } from "./service-port.ts";

const origin = {
  source: "file",
  object: { group: "", kind: "Service", namespace: "shop", name: "web", scope: "" },
  path: [],
};

function serviceWith(ports: Partial<Service["ports"][number]>[], extra: Partial<Service> = {}): Service {
  const full = ports.map((port) => ({
    name: "",
    port: 80,
    targetPort: 80,
    protocol: "TCP" as const,
    appProtocol: "",
    ...port,
  }));
  return { key: "shop/web", kind: "cluster", ports: full, publishNotReady: false, origin, ...extra };
}

describe("grants", () => {
  const from = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop" };
  const to = { group: "", kind: "Service", namespace: "vault", name: "db" };
  const grant: Grant = { namespace: "vault", from, to: { group: "", kind: "Service" } };
  const allowed = (change: Partial<Grant>): boolean =>
    isPermitted([{ key: "g", value: { ...grant, ...change } }], from, to);

  test("a namespace needs none for itself", () => {
    assert.equal(isPermitted([], from, { ...to, namespace: "shop" }), true);
    assert.equal(isPermitted([], from, to), false);
  });

  test("both sides must be named", () => {
    assert.equal(allowed({}), true);
    assert.equal(allowed({ to: { group: "", kind: "Service", name: "db" } }), true);
    assert.equal(allowed({ to: { group: "", kind: "Service", name: "other" } }), false);
    assert.equal(allowed({ to: { group: "", kind: "Secret" } }), false);
    assert.equal(allowed({ from: { ...from, namespace: "team" } }), false);
    assert.equal(allowed({ from: { ...from, kind: "GRPCRoute" } }), false);
    assert.equal(allowed({ from: { ...from, group: "" } }), false);
    assert.equal(allowed({ namespace: "elsewhere" }), false);
  });
});

describe("hosts", () => {
  const label = fc.constantFrom("a", "b", "example");
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const pattern = fc.oneof(
    name,
    name.map((rest) => `*.${rest}`),
    fc.constant("*"),
  );
  const matches = (wanted: string, host: string): boolean =>
    wanted === "*" || wanted === host || (wanted.startsWith("*.") && host.endsWith(wanted.slice(1)));

  test("what two patterns have in common is what matches both", () => {
    fc.assert(
      fc.property(pattern, pattern, name, (one, other, host) => {
        const common = intersectHosts(one, other);
        const both = matches(one, host) && matches(other, host);
        assert.equal(common !== undefined && matches(common, host), both);
        assert.equal(intersectHosts(other, one), common);
      }),
    );
  });

  test("the wildcards over a host are those that match it, the most specific first", () => {
    assert.deepEqual(hostsOver("a.b.com"), ["*.b.com", "*.com", "*"]);
    assert.deepEqual(hostsOver("*.b.com"), ["*.com", "*"]);
    assert.deepEqual(hostsOver("*"), []);
  });

  test("a route without hosts has those of the listener", () => {
    assert.deepEqual(hostsOnListener("*.example.com", []), ["*.example.com"]);
    assert.deepEqual(hostsOnListener("*", []), ["*"]);
    assert.deepEqual(hostsOnListener("*.example.com", ["B.example.com", "example.com", "a.example.com", "*.com"]), [
      "*.example.com",
      "a.example.com",
      "b.example.com",
    ]);
  });
});

test("durations", () => {
  assert.equal(parseDuration("1h30m"), 5_400_000);
  assert.equal(parseDuration("2s500ms"), 2500);
  assert.equal(parseDuration("0s"), 0);
  for (const wrong of ["", "1", "1d", "1.5s", "-1s", "100000s", "1s 2s"])
    assert.equal(parseDuration(wrong), undefined, wrong);
});

test("ports are found by number and by name, those of TCP only", () => {
  const service = serviceWith([
    { name: "http", port: 80 },
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "", port: 81 },
  ]);
  assert.equal(findServicePort(service, 80)?.name, "http");
  assert.equal(findServicePort(service, "http")?.port, 80);
  assert.equal(findServicePort(service, "80"), undefined);
  assert.equal(findServicePort(service, 53), undefined);
  assert.equal(findServicePort(service, ""), undefined);
  assert.equal(describePorts(service), "http (80), 81");
  assert.equal(describePorts(serviceWith([])), "none");
});

test("a port's protocol follows appProtocol, then the route", () => {
  const variantOf = (appProtocol: string, preferred: "http1" | "h2c", extra: Partial<Service> = {}) => {
    const service = serviceWith([{ appProtocol }], extra);
    const choice = protocolOf(service, service.ports[0] ?? assert.fail(), preferred);
    return choice.kind === "ok" ? choice.variant : choice.kind;
  };
  assert.equal(variantOf("", "http1"), "http1");
  assert.equal(variantOf("", "h2c"), "h2c");
  assert.equal(variantOf("kubernetes.io/h2c", "http1"), "h2c");
  assert.equal(variantOf("kubernetes.io/ws", "http1"), "http1");
  assert.equal(variantOf("kubernetes.io/wss", "http1"), "unsupported");
  assert.equal(variantOf("https", "http1", { kind: "external-name", externalName: "a.test" }), "tls-http1");
});

test("a policy makes every protocol one over TLS, and one that cannot be followed none", () => {
  const choose = (appProtocol: string, preferred: "http1" | "h2c", tls: PortTls) => {
    const service = serviceWith([{ appProtocol, tls }]);
    return protocolOf(service, service.ports[0] ?? assert.fail(), preferred);
  };
  const policy = { kind: "policy", name: "web-tls" } as const;
  const http1 = { kind: "ok", variant: "tls-http1", websocket: true, policy: "web-tls" };
  const h2 = { kind: "ok", variant: "tls-h2", websocket: false, policy: "web-tls" };
  assert.deepEqual(choose("", "http1", policy), http1);
  assert.deepEqual(choose("https", "http1", policy), http1);
  assert.deepEqual(choose("kubernetes.io/wss", "http1", policy), http1);
  assert.deepEqual(choose("", "h2c", policy), h2);
  assert.deepEqual(choose("kubernetes.io/h2c", "http1", policy), h2);
  const refused = choose("", "http1", { kind: "unusable", reason: "it is broken" });
  assert.deepEqual(refused, { kind: "unsupported", because: "policy", reason: "it is broken" });
});

test("keys of backends hold the variant, the policy and the gateway that shows a certificate", () => {
  const key = serviceBackendKey("shop", "web", 443, "tls-http1", "web-tls");
  assert.equal(key, "service/shop/web/443~tls-http1~policy/web-tls");
  assert.equal(serviceBackendKey("shop", "web", 80, "http1"), "service/shop/web/80");
  const presented = presentedBackendKey(key, "infra/edge");
  assert.equal(presented, `${key}~gateway/infra/edge`);
  assert.deepEqual(readPresentedBackendKey(presented), { backend: key, gateway: "infra/edge" });
  assert.equal(readPresentedBackendKey(key), undefined);
});

test("expressions are judged as RE2 does", () => {
  assert.equal(expressionProblem("/v[0-9]+/.*"), undefined);
  for (const wrong of ["(", "(?=a)", "(a)\\1", "[z-a]"]) assert.equal(typeof expressionProblem(wrong), "string", wrong);
});

import type { Backend } from "../../model/backend.ts";
import { type Gateway, type Listener, SecretText, type TlsCertificate } from "../../model/gateway.ts";
import type { Match, PathMatch } from "../../model/match.ts";
import { specificityOrder } from "../../model/order.ts";
import type { Policy } from "../../model/policy.ts";
import type { Provenance } from "../../model/provenance.ts";
import type { Attachment, Rule, RuleEnd } from "../../model/rule.ts";
import { objectKey } from "../../model/source-object.ts";
import type { StreamRule } from "../../model/stream-rule.ts";

/** Model nodes for tests, with the least a test has to say. */

export function originOf(kind: string, key: string, ...path: readonly (string | number)[]): Provenance {
  const [namespace = "", name = ""] = key.split("/");
  const group = kind === "Ingress" ? "networking.k8s.io" : "gateway.networking.k8s.io";
  return { source: "file", object: { group, kind, namespace, name, scope: "" }, path };
}

export function gateway(key: string, more: Partial<Gateway> = {}): Gateway {
  return {
    key,
    proxyClass: "edge",
    clientAddress: { kind: "direct" },
    edge: {
      escapedSlashes: "keep",
      headersWithUnderscores: "allow",
      mergeSlashes: true,
      accessLog: { kind: "off" },
    },
    creationTimestamp: "2026-01-01T00:00:00Z",
    origin: originOf("Gateway", key),
    ...more,
  };
}

/** `spec` is `<namespace>/<gateway>/<section>`. */
export function listener(spec: string, port: number, hostname = "*", more: Partial<Listener> = {}): Listener {
  const [namespace = "", name = "", section = ""] = spec.split("/");
  return {
    key: spec,
    gateway: `${namespace}/${name}`,
    proxyClass: "edge",
    section,
    port,
    bindPort: port,
    protocol: "http",
    hostname,
    isolation: "isolated",
    detectMisdirected: false,
    origin: originOf("Gateway", `${namespace}/${name}`, "spec", "listeners", section),
    ...more,
  };
}

export function httpsListener(
  spec: string,
  port: number,
  hostname: string,
  certificates: readonly string[],
  more: Partial<Listener> = {},
): Listener {
  return listener(spec, port, hostname, {
    protocol: "https",
    detectMisdirected: true,
    tls: { mode: "terminate", certificates, minimumVersion: "1.2", alpn: ["h2", "http/1.1"] },
    ...more,
  });
}

export function certificate(key: string): TlsCertificate {
  return {
    key,
    certificateChain: `chain of ${key}`,
    privateKey: new SecretText(`key of ${key}`, key),
    origin: originOf("Secret", key),
  };
}

export function backend(key: string, more: Partial<Backend> = {}): Backend {
  const [, namespace = "", name = ""] = key.split("/");
  const [set = "", variant = ""] = key.replace("service/", "").split("~");
  const isStream = variant === "tcp" || variant === "udp";
  return {
    key,
    protocol: isStream ? variant : "http1",
    location: { kind: "endpoints", set: isStream ? set : key.replace("service/", "") },
    connectTimeoutMs: 1000,
    origin: originOf("Service", `${namespace}/${name}`),
    ...more,
  };
}

export function pathIs(kind: PathMatch["kind"], value: string): Match {
  return { kind: "path", path: { kind, value } };
}

export function forwardTo(...backends: readonly string[]): RuleEnd {
  return {
    kind: "forward",
    upgrades: [],
    backends: backends.map((key) => ({
      weight: 1,
      target: { kind: "backend", backend: key },
      steps: [],
      origin: originOf("HTTPRoute", "shop/backend"),
    })),
  };
}

export interface RuleOptions extends Partial<Omit<Rule, "key" | "attachments">> {
  readonly timestamp?: string;
}

/** `key` is `<kind>/<namespace>/<name>/<rule>/<match>`; the place in the order follows from the match as for Ingress and Gateway API. */
export function rule(key: string, attachments: readonly Attachment[], options: RuleOptions = {}): Rule {
  const [kind = "", namespace = "", name = "", index = "0", matchIndex = "0"] = key.split("/");
  const { timestamp = "2026-01-01T00:00:00Z", match = pathIs("segment-prefix", "/"), ...more } = options;
  const isIngress = kind === "ingress";
  const origin = originOf(isIngress ? "Ingress" : "HTTPRoute", `${namespace}/${name}`, "spec", "rules", Number(index));
  const leaves = match.kind === "all" ? match.of : [match];
  const path = leaves.find((leaf) => leaf.kind === "path");
  return {
    key,
    dialect: isIngress ? "ingress" : "gateway-api",
    attachments,
    match,
    order: specificityOrder({
      path: path?.path,
      hasMethod: leaves.some((leaf) => leaf.kind === "method"),
      headerCount: leaves.filter((leaf) => leaf.kind === "header").length,
      queryCount: leaves.filter((leaf) => leaf.kind === "query").length,
      creationTimestamp: timestamp,
      namespace,
      name,
      ruleIndex: Number(index),
      matchIndex: Number(matchIndex),
    }),
    fallThrough: !isIngress,
    steps: [],
    end: forwardTo("service/shop/web/80"),
    timeouts: {},
    policyTargets: { object: objectKey(origin.object) },
    origin,
    ...more,
  };
}

/** How goldens write a stream rule. `to` holds weights by backend, `close` for what leads nowhere. */
export interface WrittenStreamRule {
  /** `<kind>/<namespace>/<name>/<rule>`. */
  readonly key: string;
  readonly on: readonly Attachment[];
  readonly to: Readonly<Record<string, number>>;
  readonly timestamp?: string;
}

export function streamRule({ key, on, to, timestamp = "2026-01-01T00:00:00Z" }: WrittenStreamRule): StreamRule {
  const [kind = "", namespace = "", name = "", index = "0"] = key.split("/");
  const kinds = new Map([
    ["tlsroute", "TLSRoute"],
    ["tcproute", "TCPRoute"],
    ["udproute", "UDPRoute"],
  ]);
  const origin = originOf(kinds.get(kind) ?? "TCPRoute", `${namespace}/${name}`, "spec", "rules", Number(index));
  return {
    key,
    dialect: "gateway-api",
    attachments: on,
    order: { rank: 0, specificity: [timestamp, `${namespace}/${name}`, Number(index)] },
    backends: Object.entries(to).map(([backend, weight]) => ({
      weight,
      target: backend === "close" ? { kind: "close" } : { kind: "backend", backend },
      origin,
    })),
    policyTargets: { object: objectKey(origin.object) },
    origin,
  };
}

export function policy(key: string, target: Policy["target"], more: Partial<Policy> = {}): Policy {
  const origin = originOf("TrafficPolicy", key);
  return {
    key: `${objectKey(origin.object)}#0`,
    target,
    section: "access",
    merge: "default",
    steps: [{ kind: "authorize", instance: key, deny: [], allow: [{ name: key, methods: ["GET"], origin }], origin }],
    creationTimestamp: "2026-01-01T00:00:00Z",
    origin,
    ...more,
  };
}

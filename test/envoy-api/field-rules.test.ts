/** Weir's check of field rules against the real one: both must say the same of each configuration. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { validateConfiguration } from "../../src/dataplane/validate-configuration.ts";
import { BootstrapSchema } from "../../src/envoy/generated/envoy/config/bootstrap/v3/bootstrap_pb.ts";
import { envoyRegistry } from "../../src/envoy/registry.ts";
import { checkFieldRules } from "../../src/envoy/validate-rules.ts";

const type = (name: string): JsonObject => ({ "@type": `type.googleapis.com/envoy.extensions.${name}` });

const configuration: JsonObject = {
  static_resources: {
    clusters: [
      {
        name: "backend",
        type: "STATIC",
        connect_timeout: "1s",
        load_assignment: {
          cluster_name: "backend",
          endpoints: [
            {
              priority: 0,
              lb_endpoints: [
                {
                  load_balancing_weight: 1,
                  endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: 9 } } },
                },
              ],
            },
          ],
        },
        outlier_detection: { max_ejection_percent: 10, enforcing_consecutive_5xx: 100 },
        circuit_breakers: { thresholds: [{ retry_budget: { budget_percent: { value: 20 } } }] },
        health_checks: [
          {
            timeout: "1s",
            interval: "5s",
            unhealthy_threshold: 2,
            healthy_threshold: 1,
            http_health_check: { path: "/healthz" },
          },
        ],
      },
    ],
    listeners: [
      {
        name: "tcp/127.0.0.1/0",
        address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  ...type("filters.network.http_connection_manager.v3.HttpConnectionManager"),
                  stat_prefix: "http",
                  max_request_headers_kb: 96,
                  http2_protocol_options: { max_concurrent_streams: 100, max_header_field_size_kb: 64 },
                  http_filters: [
                    {
                      name: "envoy.filters.http.local_ratelimit",
                      typed_config: {
                        ...type("filters.http.local_ratelimit.v3.LocalRateLimit"),
                        stat_prefix: "limit",
                        token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: "1s" },
                      },
                    },
                    { name: "envoy.filters.http.router", typed_config: type("filters.http.router.v3.Router") },
                  ],
                  route_config: {
                    name: "table",
                    virtual_hosts: [
                      {
                        name: "host",
                        domains: ["*"],
                        routes: [
                          {
                            match: {
                              path_separated_prefix: "/shop",
                              headers: [{ name: "x-user", string_match: { exact: "me" } }],
                              query_parameters: [{ name: "q", present_match: true }],
                              cookies: [{ name: "canary", string_match: { exact: "yes" } }],
                              runtime_fraction: { default_value: { numerator: 1, denominator: "HUNDRED" } },
                            },
                            route: {
                              cluster: "backend",
                              retry_policy: { num_retries: 1, retry_back_off: { base_interval: "0.1s" } },
                              hash_policy: [{ header: { header_name: "x-user" } }],
                            },
                            request_headers_to_add: [{ header: { key: "x-added", value: "v" } }],
                            request_headers_to_remove: ["x-gone"],
                          },
                          { match: { prefix: "/" }, redirect: { path_redirect: "/shop", response_code: "FOUND" } },
                        ],
                      },
                    ],
                  },
                },
              },
            ],
          },
        ],
      },
    ],
  },
};

const cluster = ["static_resources", "clusters", 0] as const;
const manager = ["static_resources", "listeners", 0, "filter_chains", 0, "filters", 0, "typed_config"] as const;
const limit = [...manager, "http_filters", 0, "typed_config"] as const;
const host = [...manager, "route_config", "virtual_hosts", 0] as const;
const route = [...host, "routes", 0] as const;

/** Where to change the configuration, and the value to put there; undefined removes the field. */
const changes: readonly (readonly [path: readonly (string | number)[], value: JsonValue | undefined])[] = [
  [[...cluster, "name"], ""],
  [[...cluster, "connect_timeout"], "0s"],
  [[...cluster, "load_assignment", "cluster_name"], ""],
  [[...cluster, "load_assignment", "endpoints", 0, "priority"], 128],
  [[...cluster, "load_assignment", "endpoints", 0, "priority"], 129],
  [[...cluster, "load_assignment", "endpoints", 0, "lb_endpoints", 0, "load_balancing_weight"], 0],
  [[...cluster, "outlier_detection", "max_ejection_percent"], 101],
  [[...cluster, "outlier_detection", "enforcing_consecutive_5xx"], 100],
  [[...cluster, "circuit_breakers", "thresholds", 0, "retry_budget", "budget_percent", "value"], 100.5],
  [[...cluster, "health_checks", 0, "timeout"], undefined],
  [[...cluster, "health_checks", 0, "interval"], "0s"],
  [[...cluster, "health_checks", 0, "http_health_check", "path"], ""],
  [[...cluster, "health_checks", 0, "http_health_check", "path"], "/a\nb"],
  [[...manager, "stat_prefix"], ""],
  [[...manager, "max_request_headers_kb"], 0],
  [[...manager, "max_request_headers_kb"], 8193],
  [[...manager, "http2_protocol_options", "max_concurrent_streams"], 0],
  [[...manager, "http2_protocol_options", "max_header_field_size_kb"], 63],
  [[...manager, "http2_protocol_options", "max_header_field_size_kb"], 256],
  [[...limit, "stat_prefix"], ""],
  [[...limit, "token_bucket", "tokens_per_fill"], 0],
  [[...limit, "token_bucket", "fill_interval"], undefined],
  [[...host, "name"], ""],
  [[...host, "domains"], []],
  [[...host, "domains"], ["a\rb"]],
  [[...route, "match"], undefined],
  [[...route, "match", "path_separated_prefix"], "/shop/"],
  [[...route, "match", "path_separated_prefix"], undefined],
  [[...route, "match", "headers", 0, "name"], ""],
  [[...route, "match", "headers", 0, "name"], "x\nuser"],
  [[...route, "match", "query_parameters", 0, "name"], ""],
  [[...route, "match", "query_parameters", 0, "name"], "q".repeat(1025)],
  [[...route, "match", "cookies", 0, "name"], ""],
  [[...route, "match", "cookies", 0, "string_match"], undefined],
  [[...route, "match", "runtime_fraction", "default_value", "denominator"], 7],
  [[...route, "route", "cluster"], ""],
  [[...route, "route", "retry_policy", "retry_back_off", "base_interval"], "0s"],
  [[...route, "route", "hash_policy", 0, "header"], undefined],
  [[...route, "request_headers_to_add", 0, "header", "key"], ""],
  [[...route, "request_headers_to_add", 0, "header", "value"], "a\nb"],
  [[...route, "request_headers_to_add", 0, "header"], undefined],
  [[...route, "request_headers_to_remove"], ["x gone"]],
  [[...route, "request_headers_to_remove"], [""]],
  [[...host, "routes", 1, "redirect", "path_redirect"], "/a\r\nb"],
  [[...host, "routes", 1, "redirect", "response_code"], 99],
];

function changed(value: JsonValue, path: readonly (string | number)[], to: JsonValue | undefined): JsonValue {
  const [step, ...rest] = path;
  const inner = (at: JsonValue | undefined): JsonValue | undefined =>
    rest.length === 0 ? to : changed(at ?? null, rest, to);
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? (inner(item) ?? null) : item));
  assert.ok(typeof value === "object" && value !== null && step !== undefined, `no such path ${path.join(".")}`);
  const object: Record<string, JsonValue> = { ...value };
  const next = inner(object[step]);
  if (next === undefined) delete object[step];
  else object[step] = next;
  return object;
}

describe("field rules", () => {
  test("Weir and Envoy agree", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const registry = await envoyRegistry();
    const violations = (json: JsonValue) =>
      checkFieldRules(BootstrapSchema, fromJson(BootstrapSchema, json, { registry }), registry);

    assert.deepEqual(violations(configuration), []);
    assert.deepEqual(await validateConfiguration(envoy, configuration), { accepted: true, reason: "" });

    let refused = 0;
    for (const [path, value] of changes) {
      const json = changed(configuration, path, value);
      const found = violations(json);
      const verdict = await validateConfiguration(envoy, JSON.parse(JSON.stringify(json)));
      const constraint = /constraint validation failed|Proto constraint/i.test(verdict.reason);
      const what = `${path.slice(-3).join(".")} = ${JSON.stringify(value)?.slice(0, 40)}: ${verdict.reason.slice(0, 300)}`;
      assert.equal(found.length > 0, constraint, what);
      if (constraint) refused += 1;
    }
    assert.ok(refused > changes.length / 2, `only ${refused} of ${changes.length} changes break a rule`);
  });
});

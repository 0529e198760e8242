import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "./any.ts";
import { compilePlan } from "./field-rules/plan.ts";
import { OutlierDetectionSchema } from "./generated/envoy/config/cluster/v3/outlier_detection_pb.ts";
import { Http2ProtocolOptionsSchema } from "./generated/envoy/config/core/v3/protocol_pb.ts";
import { RouteSchema, VirtualHostSchema } from "./generated/envoy/config/route/v3/route_components_pb.ts";
import { BodySizeLimitSchema } from "./generated/envoy/extensions/filters/http/body_size_limit/v3/body_size_limit_pb.ts";
import { JwtProviderSchema } from "./generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import { LocalRateLimitSchema } from "./generated/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.ts";
import { TokenBucketSchema } from "./generated/envoy/type/v3/token_bucket_pb.ts";
import { envoyRegistry } from "./registry.ts";
import { checkFieldRules } from "./validate-rules.ts";

const host = (init: MessageInitShape<typeof VirtualHostSchema>) => create(VirtualHostSchema, init);

const forward = {
  case: "route" as const,
  value: { clusterSpecifier: { case: "cluster" as const, value: "service/a" } },
};

const good = host({
  name: "shop",
  domains: ["shop.example.com"],
  routes: [
    {
      match: {
        pathSpecifier: { case: "pathSeparatedPrefix", value: "/cart" },
        headers: [{ name: "x-user", headerMatchSpecifier: { case: "presentMatch", value: true } }],
      },
      action: forward,
      requestHeadersToAdd: [{ header: { key: "x-added", value: "yes" } }],
    },
  ],
});

describe("checkFieldRules", () => {
  test("accepts what Envoy accepts", () => {
    assert.deepEqual(checkFieldRules(VirtualHostSchema, good), []);
  });

  test("names the field, the rule and what is wrong", () => {
    const bad = host({
      domains: [],
      routes: [
        { match: { pathSpecifier: { case: "prefix", value: "/" } }, action: forward },
        {
          match: {
            pathSpecifier: { case: "pathSeparatedPrefix", value: "/cart/" },
            headers: [{ name: "x-ok" }, { name: "" }, { name: "two\nlines" }],
          },
        },
      ],
    });
    assert.deepEqual(checkFieldRules(VirtualHostSchema, bad), [
      { field: "name", rule: "string.min_len", message: "must not be empty" },
      { field: "domains", rule: "repeated.min_items", message: "must not be empty" },
      { field: "routes[1].action", rule: "oneof.required", message: "must have one of its fields set" },
      {
        field: "routes[1].match.path_separated_prefix",
        rule: "string.pattern",
        message: "must match ^[^?#]+[^?#/]$",
      },
      { field: "routes[1].match.headers[1].name", rule: "string.min_len", message: "must not be empty" },
      {
        field: "routes[1].match.headers[2].name",
        rule: "string.well_known_regex",
        message: "must hold only characters allowed in a header",
      },
    ]);
  });

  test("requires messages, bounds durations and unwraps wrapper messages", () => {
    assert.deepEqual(checkFieldRules(TokenBucketSchema, create(TokenBucketSchema, { fillInterval: {} })), [
      { field: "max_tokens", rule: "uint32.gt", message: "must be greater than 0" },
      { field: "fill_interval", rule: "duration.gt", message: "must be greater than 0 nanoseconds" },
    ]);
    assert.deepEqual(checkFieldRules(RouteSchema, create(RouteSchema, { action: forward })), [
      { field: "match", rule: "message.required", message: "must be set" },
    ]);
    const percent = create(OutlierDetectionSchema, { maxEjectionPercent: 101 });
    assert.deepEqual(checkFieldRules(OutlierDetectionSchema, percent), [
      { field: "max_ejection_percent", rule: "uint32.lte", message: "must be at most 100" },
    ]);
    assert.deepEqual(checkFieldRules(OutlierDetectionSchema, create(OutlierDetectionSchema)), []);
  });

  test("applies the rules of the overlay", () => {
    const http2 = create(Http2ProtocolOptionsSchema, { maxHeaderFieldSizeKb: 257 });
    assert.deepEqual(
      checkFieldRules(Http2ProtocolOptionsSchema, http2).map(({ rule }) => rule),
      ["uint32.lte"],
    );
    const limit = create(BodySizeLimitSchema, { maxRequestBytes: 0n });
    assert.deepEqual(
      checkFieldRules(BodySizeLimitSchema, limit).map(({ rule }) => rule),
      ["uint64.gt"],
    );
    const cookie = create(RouteSchema, {
      match: { pathSpecifier: { case: "prefix", value: "/" }, cookies: [{ name: "" }] },
      action: forward,
    });
    assert.deepEqual(
      checkFieldRules(RouteSchema, cookie).map(({ field, rule }) => `${field}: ${rule}`),
      ["match.cookies[0].name: string.min_len", "match.cookies[0].string_match: message.required"],
    );
  });

  test("leaves an empty value alone where the rule says so", () => {
    const provider = create(JwtProviderSchema, {
      jwksSourceSpecifier: { case: "localJwks", value: { specifier: { case: "inlineString", value: "{}" } } },
    });
    assert.deepEqual(checkFieldRules(JwtProviderSchema, provider), []);
    provider.forwardPayloadHeader = "two\nlines";
    assert.deepEqual(
      checkFieldRules(JwtProviderSchema, provider).map(({ field }) => field),
      ["forward_payload_header"],
    );
  });

  test("looks into google.protobuf.Any when it has the types", async () => {
    const limit = packAny(LocalRateLimitSchema, { statPrefix: "", tokenBucket: { maxTokens: 1, fillInterval: {} } });
    const limited = host({
      name: "shop",
      domains: ["*"],
      typedPerFilterConfig: { "envoy.filters.http.local_ratelimit": limit },
    });
    const registry = await envoyRegistry();
    assert.deepEqual(checkFieldRules(VirtualHostSchema, limited), []);
    assert.deepEqual(
      checkFieldRules(VirtualHostSchema, limited, registry).map(({ field, rule }) => `${field}: ${rule}`),
      [
        'typed_per_filter_config["envoy.filters.http.local_ratelimit"].stat_prefix: string.min_len',
        'typed_per_filter_config["envoy.filters.http.local_ratelimit"].token_bucket.fill_interval: duration.gt',
      ],
    );
    const cut = { ...limit, value: limit.value.subarray(0, 3) };
    const broken = host({ name: "shop", domains: ["*"], typedPerFilterConfig: { filter: cut } });
    assert.deepEqual(
      checkFieldRules(VirtualHostSchema, broken, registry).map(({ field, rule }) => `${field}: ${rule}`),
      ['typed_per_filter_config["filter"].value: any.decode'],
    );
  });

  test("knows every rule of every type that Weir sends", async () => {
    let withRules = 0;
    for (const type of await envoyRegistry()) {
      if (type.kind === "message" && compilePlan(type).fields.length > 0) withRules += 1;
    }
    assert.ok(withRules > 300, `only ${withRules} types have rules: were the rules lost from the descriptors?`);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { backend, forwardTo, gateway, listener, originOf, pathIs, rule } from "../../compile/testing/nodes.ts";
import { RouteConfigurationSchema } from "../../envoy/generated/envoy/config/route/v3/route_pb.ts";
import type { Step } from "../../model/step.ts";
import type { EncodedVirtualHost } from "../resource.ts";
import { encodedWorld } from "../testing/encoded-world.ts";
import { hostIn } from "./host-block.ts";

const section = "shop/edge/http";
const service = "service/shop/s/80";

interface WrittenRule {
  readonly path: string;
  /** Networks that may pass; everyone where undefined. */
  readonly allow?: string;
  readonly header?: string;
}

/** One virtual host with a rule for each path; longer paths come first. */
function hostOf(...rules: readonly WrittenRule[]): EncodedVirtualHost {
  const { encoded } = encodedWorld({
    gateways: [gateway("shop/edge")],
    listeners: [listener(section, 80)],
    backends: [backend(service)],
    rules: rules.map(({ path, allow, header }) =>
      rule(`httproute/shop/web/${path.charCodeAt(1)}/0`, [{ listener: section, hosts: ["a.example.com"] }], {
        match: pathIs("exact", path),
        end: forwardTo(service),
        steps: [
          ...(allow === undefined ? [] : [allowOnly(allow)]),
          ...(header === undefined ? [] : [setHeader(header)]),
        ],
      }),
    ),
  });
  const plan = encoded.planSource.plan("edge");
  const [name] = plan?.names("route") ?? [];
  const table = plan?.get("route", name ?? "");
  assert.ok(table?.kind === "table");
  const host = hostIn(table, "a.example.com");
  assert.ok(host);
  return host;
}

function allowOnly(network: string): Step {
  const origin = originOf("AccessPolicy", "shop/office");
  const allow = [{ name: "office", clientAddresses: [network], origin }];
  return { kind: "authorize", instance: "addresses", deny: [], allow, origin };
}

function setHeader(value: string): Step {
  const origin = originOf("HTTPRoute", "shop/web");
  return { kind: "request-headers", set: [{ name: "x", value }], add: [], remove: [], origin };
}

/** What each route of the host does: the path, with the status it answers with or the cluster it goes to. */
function routesOf(host: EncodedVirtualHost | undefined): readonly string[] | undefined {
  if (host === undefined) return undefined;
  const { virtualHosts } = fromBinary(RouteConfigurationSchema, host.bytes);
  return virtualHosts.flatMap(({ routes }) =>
    routes.map(({ match, action, typedPerFilterConfig, requestHeadersToAdd }) => {
      const { value = "" } = match?.pathSpecifier ?? {};
      const path = typeof value === "string" ? value : JSON.stringify(value);
      if (action.case === "directResponse") return `${path} ${action.value.status}`;
      const access = Object.keys(typedPerFilterConfig).length > 0 ? " guarded" : "";
      return `${path} served${access}${requestHeadersToAdd.map(({ header }) => ` x=${header?.value}`).join("")}`;
    }),
  );
}

describe("what stands in for a refused virtual host", () => {
  it("is nothing where what the proxy has lets nobody pass whom the refused one would not", () => {
    const kept = hostOf({ path: "/a", allow: "10.0.0.0/8" }, { path: "/b" });
    const edited = hostOf({ path: "/a", allow: "10.0.0.0/8" }, { path: "/b", header: "new" }, { path: "/c" });
    assert.equal(edited.standIn?.(kept, 0), undefined);
    const opened = hostOf({ path: "/a" }, { path: "/b" });
    assert.equal(opened.standIn?.(kept, 0), undefined, "what only opens keeps what it had");
  });

  it("closes the rules that guard what they did not, or guard it otherwise, and leaves the others as the proxy has them", () => {
    const kept = hostOf(
      { path: "/a", allow: "10.0.0.0/8" },
      { path: "/b" },
      { path: "/c", allow: "10.0.0.0/8" },
      { path: "/d" },
    );
    const refused = hostOf(
      { path: "/a", allow: "10.1.0.0/16" },
      { path: "/b", allow: "10.0.0.0/8" },
      { path: "/c", allow: "10.0.0.0/8", header: "new" },
      { path: "/d", header: "new" },
    );
    const instead = refused.standIn?.(kept, 0);
    assert.deepEqual(routesOf(instead), ["/a 503", "/b 503", "/c served guarded", "/d served", "/ 404"]);
    assert.equal(instead?.standsFor, refused.version);
    assert.notEqual(instead?.version, refused.version);
  });

  it("closes what is new and guarded, leaves out what is new and open, and drops what is gone", () => {
    const kept = hostOf({ path: "/a" }, { path: "/gone" });
    const refused = hostOf({ path: "/a" }, { path: "/new", allow: "10.0.0.0/8" }, { path: "/open" });
    assert.deepEqual(routesOf(refused.standIn?.(kept, 0)), ["/new 503", "/a served", "/ 404"]);
    assert.deepEqual(routesOf(hostOf({ path: "/new", allow: "10.0.0.0/8" }).standIn?.(undefined, 0)), [
      "/new 503",
      "/ 404",
    ]);
  });

  it("keeps closed what it closed while the host is refused, whatever else is edited", () => {
    const kept = hostOf({ path: "/a" }, { path: "/b" });
    const once = hostOf({ path: "/a", allow: "10.0.0.0/8" }, { path: "/b" }).standIn?.(kept, 0);
    const again = hostOf({ path: "/a", allow: "10.0.0.0/8" }, { path: "/b", header: "new" });
    assert.deepEqual(routesOf(again.standIn?.(once, 0)), ["/a 503", "/b served", "/ 404"]);
  });

  it("closes the whole host where the proxy refuses even that, and then gives up", () => {
    const refused = hostOf({ path: "/a", allow: "10.0.0.0/8" });
    assert.deepEqual(routesOf(refused.standIn?.(undefined, 1)), ["/ 503"]);
    assert.equal(refused.standIn?.(undefined, 2), undefined);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import type { ChainPlan, PortPlan } from "../../compile/plan.ts";
import { ListenerSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_pb.ts";
import type { ListenerTls } from "../../model/gateway.ts";
import { defaultEncodeOptions } from "../options.ts";
import { encodeListener } from "./listener.ts";

const tls: ListenerTls = {
  mode: "terminate",
  certificates: ["shop/a"],
  minimumVersion: "1.2",
  alpn: ["h2", "http/1.1"],
};

function chain(name: string, serverNames: readonly string[], more: Partial<ChainPlan> = {}): ChainPlan {
  return { name, serverNames, tls, table: name, listeners: [], ...more };
}

function port(...chains: ChainPlan[]): PortPlan {
  return {
    proxyClass: "edge",
    name: "tcp/*/443",
    bindPort: 443,
    clientPort: 443,
    clientAddress: { kind: "direct" },
    edge: { escapedSlashes: "keep", headersWithUnderscores: "allow", mergeSlashes: true, accessLog: { kind: "off" } },
    chains,
    streams: [],
  };
}

function chainsOf(plan: PortPlan, present: readonly string[] = ["shop/a"]) {
  const encoded = encodeListener(plan, defaultEncodeOptions, (key) => present.includes(key));
  if (encoded === undefined) return undefined;
  const listener = fromBinary(ListenerSchema, encoded.bytes);
  return {
    chains: listener.filterChains.map(({ name, filterChainMatch }) => [name, ...(filterChainMatch?.serverNames ?? [])]),
    secrets: encoded.requires.secrets,
  };
}

describe("listeners", () => {
  it("give each server name to one chain, and the rest to one", () => {
    const plan = port(
      chain("a", ["a.example.com", "b.example.com"]),
      chain("b", ["b.example.com"]),
      chain("c", []),
      chain("d", []),
    );
    assert.deepEqual(chainsOf(plan)?.chains, [["a", "a.example.com", "b.example.com"], ["c"]]);
  });

  it("leave out chains whose certificates are missing, and are left out when nothing remains", () => {
    const other = chain("b", ["b.example.com"], { tls: { ...tls, certificates: ["shop/b", "shop/c"] } });
    assert.deepEqual(chainsOf(port(chain("a", ["a.example.com"]), other)), {
      chains: [["a", "a.example.com"]],
      secrets: ["shop/a"],
    });
    assert.deepEqual(chainsOf(port(other), ["shop/c"]), { chains: [["b", "b.example.com"]], secrets: ["shop/c"] });
    assert.equal(chainsOf(port(other), []), undefined);
    assert.equal(chainsOf(port(chain("a", [], { tls: { ...tls, mode: "passthrough" } }))), undefined);
  });
});

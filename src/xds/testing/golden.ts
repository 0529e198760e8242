import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "@bufbuild/protobuf";
import { parse, stringify } from "yaml";
import {
  backend,
  gateway,
  httpsListener,
  listener,
  originOf,
  type RuleOptions,
  rule,
  streamRule,
  type WrittenStreamRule,
} from "../../compile/testing/nodes.ts";
import type { Nodes } from "../../compile/testing/world.ts";
import { envoyRegistry } from "../../envoy/registry.ts";
import type { Backend, EndpointSet } from "../../model/backend.ts";
import { type Gateway, type Listener, SecretText } from "../../model/gateway.ts";
import type { Attachment } from "../../model/rule.ts";
import { type DumpedResource, toConfigDump } from "../config-dump.ts";
import type { EncodeOptions } from "../options.ts";
import type { ResourceType } from "../resource.ts";
import { encodedWorld } from "./encoded-world.ts";

const folder = join(import.meta.dirname, "..", "goldens");

/** A golden's file: model nodes, written short, and what they are encoded to. What a node leaves out comes from the builders of compile's tests. */
interface GoldenFile {
  /** The types of resources that `expected` holds. */
  readonly show: readonly ResourceType[];
  readonly options?: Partial<EncodeOptions>;
  readonly gateways?: readonly (Partial<Gateway> & Pick<Gateway, "key">)[];
  readonly listeners: readonly (Partial<Listener> &
    Pick<Listener, "key" | "port"> & { readonly certificates?: string[] })[];
  readonly rules?: readonly (RuleOptions & { readonly key: string; readonly on: readonly Attachment[] })[];
  readonly streamRules?: readonly WrittenStreamRule[];
  readonly backends?: readonly (Partial<Backend> & Pick<Backend, "key">)[];
  readonly certificates?: readonly { readonly key: string; readonly chain: string; readonly privateKey: string }[];
  readonly trustBundles?: readonly { readonly key: string; readonly certificates: string }[];
  readonly endpoints?: readonly EndpointSet[];
  readonly expected?: JsonValue;
}

export interface Golden {
  readonly name: string;
  readonly file: GoldenFile;
}

export function goldens(): readonly Golden[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => ({ name, file: parse(readFileSync(join(folder, name), "utf8"), { merge: true }) }));
}

export interface GoldenOutput {
  /** What the golden shows of the resources, and the diagnostics. */
  readonly shown: JsonValue;
  readonly all: readonly DumpedResource[];
  /** Private keys by the name of their certificate; `all` holds none. */
  readonly secrets: ReadonlyMap<string, string>;
}

export async function runGolden({ file }: Golden): Promise<GoldenOutput> {
  const world = encodedWorld(nodesOf(file), file.options);
  world.putEndpoints(...(file.endpoints ?? []));
  const all = toConfigDump(world.encoded.planSource, "edge", await envoyRegistry()) ?? [];
  const resources = all.filter(({ type }) => file.show.includes(type)).map(({ resource }) => resource);
  const found = [...world.encoded.diagnostics.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const diagnostics = found.flatMap(([object, list]) => list.map(({ code, message }) => ({ object, code, message })));
  const secrets = new Map((file.certificates ?? []).map(({ key, privateKey }) => [key, privateKey]));
  return { shown: diagnostics.length === 0 ? { resources } : { diagnostics, resources }, all, secrets };
}

/** Puts the output into the golden's file in place of what it expected; what is written above it stays as it is. */
export function updateGolden({ name }: Golden, shown: JsonValue): void {
  const path = join(folder, name);
  const [input = ""] = readFileSync(path, "utf8").split(/^expected:/m, 1);
  writeFileSync(path, `${input.trimEnd()}\n${stringify({ expected: shown }, { lineWidth: 0 })}`);
}

function nodesOf(file: GoldenFile): Nodes {
  return {
    gateways: (file.gateways ?? [{ key: "shop/edge" }]).map((node) => gateway(node.key, node)),
    listeners: file.listeners.map(({ key, port, hostname = "*", certificates, ...more }) =>
      certificates === undefined
        ? listener(key, port, hostname, more)
        : httpsListener(key, port, hostname, certificates, more),
    ),
    rules: (file.rules ?? []).map(({ key, on, ...more }) => withOrigins(rule(key, on, more))),
    streamRules: (file.streamRules ?? []).map(streamRule),
    backends: (file.backends ?? [{ key: "service/shop/web/80" }]).map((node) => backend(node.key, node)),
    certificates: (file.certificates ?? []).map(({ key, chain, privateKey }) => ({
      key,
      certificateChain: chain,
      privateKey: new SecretText(privateKey, key),
      origin: originOf("Secret", key),
    })),
    trustBundles: (file.trustBundles ?? []).map((bundle) => ({ ...bundle, origin: originOf("ConfigMap", bundle.key) })),
  };
}

/** Steps, access rules, providers and backends carry an origin; a golden does not write it. */
function withOrigins<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => {
    if (typeof member !== "object" || member === null || "origin" in member || "path" in member) return member;
    const needsOrigin =
      "instance" in member || "set" in member || "issuer" in member || "weight" in member || isStep(member);
    return needsOrigin || "name" in member ? { origin: originOf("HTTPRoute", "shop/web"), ...member } : member;
  });
}

function isStep(value: object): boolean {
  return "kind" in value && ["mirror", "cors", "deny"].includes(String(value.kind));
}

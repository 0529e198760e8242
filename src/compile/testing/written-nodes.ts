import type { Backend } from "../../model/backend.ts";
import type { Gateway, Listener } from "../../model/gateway.ts";
import type { Policy } from "../../model/policy.ts";
import type { Provenance } from "../../model/provenance.ts";
import type { Attachment } from "../../model/rule.ts";
import {
  backend,
  certificate,
  gateway,
  httpsListener,
  listener,
  policy,
  type RuleOptions,
  rule,
  streamRule,
  type WrittenStreamRule,
} from "./nodes.ts";
import type { Nodes } from "./world.ts";

/** Model nodes as a golden writes them: what a node leaves out comes from the builders, and origins are added. */
export interface WrittenNodes {
  readonly gateways?: readonly (Partial<Gateway> & Pick<Gateway, "key">)[];
  readonly listeners: readonly (Partial<Listener> &
    Pick<Listener, "key" | "port"> & { readonly certificates?: readonly string[] })[];
  readonly rules?: readonly (RuleOptions & { readonly key: string; readonly on: readonly Attachment[] })[];
  readonly streamRules?: readonly WrittenStreamRule[];
  readonly backends?: readonly (Partial<Backend> & Pick<Backend, "key">)[];
  readonly policies?: readonly (Partial<Policy> & Pick<Policy, "key" | "target">)[];
  readonly certificates?: readonly string[];
}

/** Reads what a golden holds; a golden that does not fit the types shows in its outcome. */
export function nodesWritten(input: unknown): Nodes {
  const written: WrittenNodes = JSON.parse(JSON.stringify(input));
  return {
    gateways: (written.gateways ?? [{ key: "infra/edge" }]).map((node) => gateway(node.key, node)),
    listeners: written.listeners.map(({ key, port, hostname = "*", certificates, ...more }) =>
      certificates === undefined
        ? listener(key, port, hostname, more)
        : httpsListener(key, port, hostname, certificates, more),
    ),
    rules: (written.rules ?? []).map(({ key, on, ...more }) => withOrigins(rule(key, on, more))),
    streamRules: (written.streamRules ?? []).map(streamRule),
    backends: (written.backends ?? [{ key: "service/shop/web/80" }]).map((node) => backend(node.key, node)),
    policies: (written.policies ?? []).map(({ key, target, ...more }) => withOrigins(policy(key, target, more))),
    certificates: (written.certificates ?? []).map(certificate),
  };
}

/** Steps, access rules, token providers and weighted backends carry an origin, which a golden does not write. */
function withOrigins<T extends { readonly origin: Provenance }>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => {
    if (typeof member !== "object" || member === null || "origin" in member || "namespace" in member) return member;
    const isStep =
      "set" in member || "instance" in member || ("kind" in member && /^(mirror|cors|deny)$/.test(String(member.kind)));
    const isPart = "weight" in member || "issuer" in member || ("name" in member && !("value" in member));
    return isStep || isPart ? { ...member, origin: value.origin } : member;
  });
}

import type { CoreCollections, DialectOutputs } from "../dialects/dialect.ts";
import type { Collection } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Backend } from "../model/backend.ts";
import type { Gateway, Listener, TlsCertificate } from "../model/gateway.ts";
import type { Policy } from "../model/policy.ts";
import type { ProxyRequest } from "../model/proxy-request.ts";
import type { Rule } from "../model/rule.ts";
import type { StreamRule } from "../model/stream-rule.ts";
import type { TrustBundle } from "../model/trust-bundle.ts";

/** What compile reads: everything the dialects said, as one, and the certificates that can be served. */
export interface CompileInputs {
  readonly gateways: Collection<Gateway>;
  readonly listeners: Collection<Listener>;
  readonly rules: Collection<Rule>;
  readonly streamRules: Collection<StreamRule>;
  readonly backends: Collection<Backend>;
  readonly policies: Collection<Policy>;
  readonly certificates: Collection<TlsCertificate>;
  readonly trustBundles: Collection<TrustBundle>;
  /** The classes of proxies that are asked for, by gateway, whether or not anything of the gateway can be served. */
  readonly requestedClasses: Collection<string>;
}

/** What the dialects said, as one. */
export interface JoinedDialects extends CompileInputs {
  readonly proxies: Collection<ProxyRequest>;
}

/**
 * Joins what the dialects said. Where two say something under one key, the earlier dialect of the list counts.
 * @param proxyClassOf the class of proxies that runs a gateway.
 */
export function joinDialects(
  graph: Graph,
  outputs: readonly DialectOutputs[],
  core: Pick<CoreCollections, "certificates">,
  proxyClassOf: (gateway: string) => string,
): JoinedDialects {
  const join = <V>(name: string, pick: (output: DialectOutputs) => Collection<V> | undefined) =>
    graph.join(
      name,
      outputs.map(pick).filter((collection) => collection !== undefined),
    );
  const proxies = join("model.proxies", (output) => output.proxies);
  return {
    gateways: join("model.gateways", (output) => output.gateways),
    listeners: join("model.listeners", (output) => output.listeners),
    rules: join("model.rules", (output) => output.rules),
    streamRules: join("model.stream-rules", (output) => output.streamRules),
    backends: join("model.backends", (output) => output.backends),
    policies: join("model.policies", (output) => output.policies),
    certificates: core.certificates,
    trustBundles: join("model.trust-bundles", (output) => output.trustBundles),
    proxies,
    requestedClasses: graph.derive<ProxyRequest, string>("model.requested-classes", proxies, (_request, gateway) => [
      [gateway, proxyClassOf(gateway)],
    ]),
  };
}

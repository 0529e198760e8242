import type { InputCollection } from "../../incremental/collection.ts";
import { Graph } from "../../incremental/graph.ts";
import type { Backend } from "../../model/backend.ts";
import type { Gateway, Listener, TlsCertificate } from "../../model/gateway.ts";
import type { Policy } from "../../model/policy.ts";
import type { Rule } from "../../model/rule.ts";
import type { StreamRule } from "../../model/stream-rule.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import { compile } from "../compile.ts";
import type { PlanCollections } from "../plan.ts";

/** What compile is given in a test; lists are put into collections by their own keys. */
export interface Nodes {
  readonly gateways?: readonly Gateway[];
  readonly listeners?: readonly Listener[];
  readonly rules?: readonly Rule[];
  readonly streamRules?: readonly StreamRule[];
  readonly backends?: readonly Backend[];
  readonly policies?: readonly Policy[];
  readonly certificates?: readonly TlsCertificate[];
  readonly trustBundles?: readonly TrustBundle[];
}

export interface World {
  readonly graph: Graph;
  readonly plan: PlanCollections;
  /** Adds or replaces in one transaction. */
  put(nodes: Nodes): void;
  remove(kind: keyof Nodes, key: string): void;
  /** How many keys each collection recomputes while `action` runs; those that compute nothing are left out. */
  cost(action: () => void): Record<string, number>;
}

/** An empty graph with everything wired. A derivation that throws fails the test. */
export function emptyWorld(): World {
  const graph = new Graph({
    onError: (collection, key, error) => {
      throw new Error(`${collection} failed for ${key}`, { cause: error });
    },
  });
  const inputs = {
    requestedClasses: graph.input<string>("requested-classes"),
    gateways: graph.input<Gateway>("gateways"),
    listeners: graph.input<Listener>("listeners"),
    rules: graph.input<Rule>("rules"),
    streamRules: graph.input<StreamRule>("stream-rules"),
    backends: graph.input<Backend>("backends"),
    policies: graph.input<Policy>("policies"),
    certificates: graph.input<TlsCertificate>("certificates"),
    trustBundles: graph.input<TrustBundle>("trust-bundles"),
  };
  const plan = compile(graph, inputs);
  const recomputed = () => new Map(graph.statistics().map((one) => [one.name, one.recomputed]));
  return {
    graph,
    plan,
    put: (nodes) =>
      graph.transaction(() => {
        putAll(inputs.gateways, nodes.gateways);
        putAll(inputs.listeners, nodes.listeners);
        putAll(inputs.rules, nodes.rules);
        putAll(inputs.streamRules, nodes.streamRules);
        putAll(inputs.backends, nodes.backends);
        putAll(inputs.policies, nodes.policies);
        putAll(inputs.certificates, nodes.certificates);
        putAll(inputs.trustBundles, nodes.trustBundles);
      }),
    remove: (kind, key) => graph.transaction(() => inputs[kind].delete(key)),
    cost: (action) => {
      const before = recomputed();
      action();
      const entries = [...recomputed()].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
      return Object.fromEntries(entries.filter(([, count]) => count > 0));
    },
  };
}

export function worldOf(nodes: Nodes): World {
  const world = emptyWorld();
  world.put(nodes);
  return world;
}

function putAll<V extends { readonly key: string }>(into: InputCollection<V>, nodes: readonly V[] = []): void {
  for (const node of nodes) into.set(node.key, node);
}

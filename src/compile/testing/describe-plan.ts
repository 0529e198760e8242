import type { Collection } from "../../incremental/collection.ts";
import type { PlanCollections, StreamChainPlan } from "../plan.ts";

/** A plan as goldens show it: what decides, without what is the same everywhere. */
export function describePlan(plan: PlanCollections): unknown {
  return {
    ports: each(plan.ports, ({ clientAddress, chains, streams }) => ({
      clientAddress,
      chains,
      ...(streams.length === 0 ? {} : { streams: streams.map(describeStream) }),
    })),
    hosts: each(plan.hosts, ({ rules, otherwise }) => ({ rules: rules.map((entry) => entry.key), otherwise })),
    rules: each(plan.rules, ({ table, hosts, alternatives, steps, backends, rule }) => ({
      table,
      hosts,
      alternatives,
      steps: steps.map((step) => ("instance" in step ? `${step.kind} ${step.instance}` : step.kind)),
      end: rule.end.kind === "respond" ? `respond ${rule.end.status}` : rule.end.kind,
      backends,
    })),
    clusters: each(plan.clusters, ({ proxyClasses }) => proxyClasses),
    certificates: each(plan.certificates, ({ proxyClasses }) => proxyClasses),
    diagnostics: each(plan.diagnostics, (list) => list.map(({ code, message }) => `${code} ${message}`)),
  };
}

function describeStream({ rule, ...chain }: StreamChainPlan): unknown {
  if (rule === undefined) return { ...chain, closed: true };
  const to = rule.backends.map(
    ({ weight, target }) => `${weight} × ${target.kind === "close" ? "close" : target.backend}`,
  );
  return { ...chain, rule: rule.key, to };
}

function each<V>(collection: Collection<V>, describe: (value: V) => unknown): Record<string, unknown> {
  const entries = [...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, describe(value)]));
}

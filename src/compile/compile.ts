import type { Graph } from "../incremental/graph.ts";
import type { Backend } from "../model/backend.ts";
import type { Gateway, GatewayClientCertificate, Listener } from "../model/gateway.ts";
import type { BackendPresence } from "./backends.ts";
import { blockForeignHosts } from "./blockers.ts";
import { planCertificates, planClusters, planTrustBundles } from "./clusters.ts";
import { diagnosticsByObject } from "./diagnostics.ts";
import { planHosts } from "./hosts.ts";
import type { CompileInputs } from "./inputs.ts";
import { type Placement, placeListeners } from "./placement.ts";
import type { PlanCollections } from "./plan.ts";
import { groupPolicies, rivalPolicies } from "./policies.ts";
import { planPorts } from "./ports.ts";
import { planRules } from "./rules.ts";
import { findShadowed } from "./shadowed.ts";
import { uniteSites } from "./sites.ts";
import { planStreams } from "./streams.ts";

/**
 * Wires what the dialects said into what each class of proxies runs. The result depends on the current input alone, and an edit recomputes only
 * what it touches: a rule costs its own plan and its hosts, an endpoint nothing.
 *
 *     listeners ─► placements ─► sites ─► ports ─► certificates
 *                       │          └────► hosts ◄──┐
 *     rules, policies ──┴──────────────► rules ────┴► clusters
 *
 * What is not read as HTTP (`streams`) goes from placements to ports by itself.
 */
export function compile(graph: Graph, inputs: CompileInputs): PlanCollections {
  const placed = placeListeners(graph, inputs);
  const sites = uniteSites(graph, inputs, placed);
  const policies = groupPolicies(graph, inputs.policies);
  const presentBackends = graph.derive<Backend, BackendPresence>(
    "compile.backends",
    inputs.backends,
    (backend, key) => [[key, { tls: backend.tls !== undefined }]],
  );
  const clientCertificates = graph.derive<Gateway, GatewayClientCertificate>(
    "compile.client-certificates",
    inputs.gateways,
    ({ clientCertificate }, key) => (clientCertificate === undefined ? [] : [[key, clientCertificate]]),
  );
  const streams = planStreams(graph, inputs, {
    placements: placed.streams,
    sites: sites.sites,
    policies,
    presentBackends,
    clientCertificates,
  });
  const ports = planPorts(graph, placed.heads, sites, streams.byPort);
  const planned = planRules(graph, inputs, {
    heads: placed.heads,
    placements: placed.placements,
    sites: sites.sites,
    policies,
    presentBackends,
    clientCertificates,
  });
  const served = planHosts(graph, placed.heads, sites, planned.rules);
  const blocked = blockForeignHosts(graph, placed.heads, sites);
  const clusters = planClusters(graph, planned.rules, ports, inputs.backends, clientCertificates);
  return {
    proxyClasses: graph.join("plan.proxy-classes", [
      graph.derive<Gateway, string>("compile.serving-classes", inputs.gateways, ({ proxyClass }, key) => [
        [key, proxyClass],
      ]),
      inputs.requestedClasses,
    ]),
    ports,
    listeners: graph.derive<Placement, Listener>(
      "plan.listeners",
      graph.join("compile.all-placements", [placed.placements, placed.streams]),
      ({ listener }, key) => [[key, listener]],
    ),
    hosts: graph.join("plan.hosts", [served, blocked]),
    rules: planned.rules,
    clusters,
    certificates: planCertificates(graph, ports, clusters, inputs.certificates),
    trustBundles: planTrustBundles(graph, ports, clusters, inputs.trustBundles),
    diagnostics: diagnosticsByObject(graph, [
      placed.findings,
      sites.findings,
      rivalPolicies(graph, policies),
      planned.findings,
      streams.findings,
      findShadowed(graph, planned.rules, sites.sites),
    ]),
  };
}

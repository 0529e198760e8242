import { rememberingFullMatch } from "../compile/pattern.ts";
import { explain } from "../explain/explain.ts";
import { diffHosts } from "./diff-hosts.ts";
import { diffCertificates, diffClusters, diffPorts, diffRules, diffTrustBundles } from "./diff-parts.ts";
import { affectedByPorts } from "./diff-ports.ts";
import { diffRequests, mostSamples } from "./diff-requests.ts";
import { Overlaps } from "./overlaps.ts";
import type { DiffSide, PlanDiff } from "./plan-diff.ts";
import { servedSide } from "./served-side.ts";
import { streamSamples } from "./stream-samples.ts";

export interface DiffOptions {
  /** Sample requests that are evaluated at most, each on both sides; 1,000 where undefined. */
  readonly mostSamples?: number;
}

/**
 * What proxies would run differently, and which requests would go elsewhere. Everything is compared by what proxies see: where something comes
 * from, and in which source, makes no difference. Samples are made up only for what differs, so the cost of evaluating them follows the change.
 */
export function diffPlans(planBefore: DiffSide, planAfter: DiffSide, options: DiffOptions = {}): PlanDiff {
  const before = servedSide(planBefore);
  const after = servedSide(planAfter);
  const ports = diffPorts(before, after);
  const regex = rememberingFullMatch();
  const most = options.mostSamples ?? mostSamples;
  const rules = diffRules(before, after);
  const hosts = diffHosts(before, after, rules, new Overlaps(regex, 2 * most));
  const affected = [...hosts.affected, ...affectedByPorts(before, after, ports)];
  const streams = streamSamples(before, after, ports);
  return {
    ports,
    hosts: hosts.changes,
    rules: rules.changes,
    clusters: diffClusters(before, after),
    certificates: diffCertificates(before, after),
    trustBundles: diffTrustBundles(before, after),
    renamedRules: rules.renamed,
    requests: diffRequests(
      before,
      after,
      { affected, streams },
      (side, request) => explain({ ...side, regex }, request),
      most,
    ),
  };
}

/** Whether no proxy would notice anything; renamed rules show in statistics and logs alone and do not count. */
export function isEmptyDiff(diff: PlanDiff): boolean {
  const { ports, hosts, rules, clusters, certificates, trustBundles, requests } = diff;
  return [ports, hosts, rules, clusters, certificates, trustBundles, requests.changes].every(
    (list) => list.length === 0,
  );
}

import { createMetrics, type Labels, type Metrics } from "../api/metrics.ts";
import { resourceTypes } from "../serve/registry.ts";
import type { ControlPlane } from "./control-plane.ts";
import { allDiagnostics } from "./pipeline.ts";

/** Seconds; fine where changes usually lie. */
const changeBuckets = [
  0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.008, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1, 5,
];

/** The registry, and the observer of change times, which the control plane needs before it can be measured itself. */
export function controlPlaneMetrics(): {
  readonly metrics: Metrics;
  readonly observeChange: (seconds: number) => void;
} {
  const metrics = createMetrics();
  const changes = metrics.histogram(
    "weir_change_seconds",
    "Time the control plane worked on a change: taking it in with all that follows, and handling the answers of proxies until all have acknowledged.",
    changeBuckets,
  );
  return { metrics, observeChange: (seconds) => changes.observe(seconds) };
}

type Series = Iterable<readonly [number, Labels]>;

/** Figures that are read off the control plane when somebody asks. */
export function registerFigures(metrics: Metrics, controlPlane: ControlPlane): void {
  const { pipeline, xds } = controlPlane;
  const gauge = (name: string, help: string, read: () => Series) => metrics.gaugeFrom(name, help, read);
  gauge("weir_objects", "Objects in use, by kind.", () =>
    [...pipeline.intake.counts()].map(([{ group, kind }, count]) => [count, { group, kind }] as const),
  );
  gauge("weir_diagnostics", "Diagnostics, by code and severity.", () => {
    const counts = new Map<string, readonly [number, Labels]>();
    for (const { code, severity } of allDiagnostics(pipeline)) {
      counts.set(code, [(counts.get(code)?.[0] ?? 0) + 1, { code, severity }]);
    }
    return counts.values();
  });
  gauge("weir_recomputed", "Keys recomputed since the start, by collection.", () =>
    pipeline.graph.statistics().map(({ name, recomputed }) => [recomputed, { collection: name }] as const),
  );
  gauge("weir_proxies_connected", "Connected proxies.", () => [[xds.proxies.list().length, {}]]);
  gauge("weir_proxies_synced", "Connected proxies that have acknowledged everything.", () => [
    [xds.proxies.list().filter((proxy) => proxy.synced()).length, {}],
  ]);
  gauge("weir_xds_bytes_sent", "Bytes of discovery responses since the start.", () => [[xds.proxies.bytesSent, {}]]);
  gauge("weir_xds_framed", "Resources put into wire form since the start.", () => [[xds.framedResources(), {}]]);
  const byType = (pick: (count: ReturnType<typeof xds.proxies.counters>) => number): Series =>
    resourceTypes.map((type) => [pick(xds.proxies.counters(type)), { type }] as const);
  gauge("weir_xds_responses", "Discovery responses sent since the start, by type.", () =>
    byType(({ responses }) => responses),
  );
  gauge("weir_xds_resources", "Resources sent since the start, by type.", () => byType(({ resources }) => resources));
  gauge("weir_xds_acknowledged", "Responses acknowledged since the start, by type.", () =>
    byType(({ acknowledged }) => acknowledged),
  );
  gauge("weir_xds_refused", "Responses refused since the start, by type.", () => byType(({ refused }) => refused));
  gauge("weir_xds_forced_releases", "Hosts and resources sent without what they require, by type.", () =>
    byType(({ forcedReleases }) => forcedReleases),
  );
}

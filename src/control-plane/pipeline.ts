import { compile } from "../compile/compile.ts";
import { joinDialects } from "../compile/inputs.ts";
import type { PlanCollections } from "../compile/plan.ts";
import { coreCollections } from "../dialects/core/core.ts";
import type { DialectOptions, DialectOutputs } from "../dialects/dialect.ts";
import { dialects } from "../dialects/dialects.ts";
import type { Collection, InputCollection } from "../incremental/collection.ts";
import { Graph } from "../incremental/graph.ts";
import type { EndpointSet } from "../model/backend.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Listener } from "../model/gateway.ts";
import type { ProxyRequest } from "../model/proxy-request.ts";
import type { StatusReport } from "../model/status.ts";
import { type EncodedPlan, encodePlan } from "../xds/encode-plan.ts";
import { type EnvoyRelease, releaseOfImage } from "../xds/envoy-release.ts";
import type { EncodeOptions } from "../xds/options.ts";
import { type ListeningProblems, listeningProblems } from "./listening/listening-problems.ts";
import { ObjectIntake } from "./object-intake.ts";

export interface PipelineOptions {
  /** Identifiers of the sources, the one that wins first. */
  readonly sourceOrder: readonly string[];
  readonly dialects: DialectOptions;
  readonly encode: EncodeOptions;
  readonly now: () => Date;
  /** Told of defects: a derivation that threw. */
  readonly onError: (collection: string, key: string, error: unknown) => void;
}

/** Everything from objects to encoded resources, without sockets: the same for a running control plane and for one look at some files. */
export interface Pipeline {
  readonly graph: Graph;
  readonly intake: ObjectIntake;
  readonly plan: PlanCollections;
  readonly endpointSets: Collection<EndpointSet>;
  readonly encoded: EncodedPlan;
  /** What dialects want said on objects, by `objectKey`. */
  readonly status: Collection<StatusReport>;
  /** Everything found out about the input so far, by `objectKey`; what sources report comes from `intake.reported()`. */
  readonly diagnostics: readonly Collection<readonly Diagnostic[]>[];
  /** The part of them that the surroundings find out (what a cluster refuses to make), by `objectKey`. */
  readonly surroundings: InputCollection<readonly Diagnostic[]>;
  /** Sockets of the plan that proxies cannot have; a part of the diagnostics too. */
  readonly listening: ListeningProblems;
  /** The gateways that are to have proxies of their own where the platform makes them, by `namespace/name`. */
  readonly proxies: Collection<ProxyRequest>;
  /** Every listener of every gateway. */
  readonly listeners: Collection<Listener>;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const graph = new Graph({ onError: options.onError });
  const intake = new ObjectIntake(graph, options.sourceOrder);
  const objects = intake.objects.bind(intake);
  const refused = intake.refused.bind(intake);
  const core = coreCollections({ graph, objects, refused, now: options.now });
  const said: DialectOutputs[] = dialects.map((dialect) =>
    dialect.translate({ graph, objects, refused, core, options: options.dialects }),
  );
  const outputs: DialectOutputs[] = [core, ...said];
  const joined = joinDialects(graph, outputs, core, options.dialects.proxyClassOf);
  const plan = compile(graph, joined);
  const encoded = encodePlan(graph, plan, core.endpointSets, options.encode, releasesOf(graph, joined.proxies));
  const surroundings = graph.input<readonly Diagnostic[]>("diagnostics/surroundings");
  const listening = listeningProblems(graph, plan.listeners);
  return {
    graph,
    intake,
    plan,
    endpointSets: core.endpointSets,
    encoded,
    status: graph.join(
      "status/reports",
      outputs.flatMap(({ status }) => status ?? []),
    ),
    diagnostics: [
      intake.diagnostics,
      ...outputs.map(({ diagnostics }) => diagnostics),
      plan.diagnostics,
      encoded.diagnostics,
      surroundings,
      listening.diagnostics,
    ],
    surroundings,
    listening,
    proxies: joined.proxies,
    listeners: joined.listeners,
  };
}

/** What the proxies of a gateway run where users name an image for them. */
function releasesOf(graph: Graph, proxies: Collection<ProxyRequest>): Collection<EnvoyRelease> {
  return graph.derive<ProxyRequest, EnvoyRelease>("xds.releases", proxies, ({ settings }, gateway) =>
    settings?.image === undefined ? [] : [[gateway, releaseOfImage(settings.image)]],
  );
}

/** All that is known to be wrong or noteworthy: what sources reported first, then by object. */
export function allDiagnostics({ intake, diagnostics }: Pick<Pipeline, "intake" | "diagnostics">): Diagnostic[] {
  const byObject = new Map<string, Diagnostic[]>();
  for (const collection of diagnostics) {
    for (const [key, list] of collection.entries()) byObject.set(key, [...(byObject.get(key) ?? []), ...list]);
  }
  const sorted = [...byObject].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...intake.reported(), ...sorted.flatMap(([, list]) => list)];
}

import { envoyRegistry } from "../envoy/registry.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Position } from "../model/provenance.ts";
import type { ConnectedProxy, TypeStatus } from "../serve/registry.ts";
import { toConfigDump } from "../xds/config-dump.ts";
import type { ResourceType } from "../xds/resource.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { RunningParts } from "./environment.ts";
import { allDiagnostics } from "./pipeline.ts";

/** One connected proxy, as `weir proxy list` and `GET /weir/v1/proxies` show it. */
export interface ProxySummary {
  readonly node: string;
  readonly class: string;
  readonly agent: string;
  readonly variant: ConnectedProxy["variant"];
  readonly peer: string;
  /** RFC 3339. */
  readonly connectedSince: string;
  readonly synced: boolean;
  /** The latest revision acknowledged in full, and the one that is current. */
  readonly acknowledgedRevision: string | null;
  readonly revision: string;
  readonly types: Readonly<Partial<Record<ResourceType, TypeStatus>>>;
  /** The replica of the control plane that it is connected to, where there can be several. */
  readonly replica?: string;
}

/** The proxies connected to this replica. */
export function summarizeProxies({ xds, pipeline }: Pick<RunningParts, "xds" | "pipeline">): readonly ProxySummary[] {
  const revision = pipeline.encoded.planSource.revision();
  return xds.proxies.list().map((proxy) => ({
    node: proxy.nodeId,
    class: proxy.proxyClass,
    agent: proxy.agent,
    variant: proxy.variant,
    peer: proxy.peer,
    connectedSince: proxy.connectedSince.toISOString(),
    synced: proxy.synced(),
    acknowledgedRevision: proxy.acknowledgedRevision() ?? null,
    revision,
    types: Object.fromEntries(proxy.types()),
  }));
}

/** What a proxy connected to this replica is served, with the state of each resource; undefined where no such node is connected. */
export async function describeConfig(
  { xds, pipeline }: Pick<RunningParts, "xds" | "pipeline">,
  node: string,
): Promise<readonly object[] | undefined> {
  const proxy = xds.proxies.byNode(node).at(-1);
  if (proxy === undefined) return undefined;
  const dump = toConfigDump(pipeline.encoded.planSource, proxy.proxyClass, await envoyRegistry()) ?? [];
  const states = new Map(dump.map(({ type }) => [type, new Map(proxy.resources(type).map((one) => [one.name, one]))]));
  return dump.map((resource) => ({
    ...resource,
    state: states.get(resource.type)?.get(resource.name)?.state ?? "not asked for",
  }));
}

/** A diagnostic with its lines, as it is shown. */
export interface LocatedDiagnostic extends Diagnostic {
  readonly position?: Position;
}

export function locatedDiagnostics(controlPlane: ControlPlane): readonly LocatedDiagnostic[] {
  return allDiagnostics(controlPlane.pipeline).map((diagnostic) => {
    const { position, source, object, path } = diagnostic;
    if (position !== undefined || source === undefined || object === undefined) return diagnostic;
    const found = controlPlane.locate({ source, object, path });
    return found === undefined ? diagnostic : { ...diagnostic, position: found };
  });
}

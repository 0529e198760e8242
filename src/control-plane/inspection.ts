import type { Diagnostic } from "../model/diagnostic.ts";
import type { Position } from "../model/provenance.ts";
import type { ConnectedProxy, TypeStatus } from "../serve/registry.ts";
import type { ResourceType } from "../xds/resource.ts";
import type { ControlPlane } from "./control-plane.ts";
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
}

export function summarizeProxies({ xds, pipeline }: ControlPlane): readonly ProxySummary[] {
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

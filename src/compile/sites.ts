import type { Collection, Context, Entry, Group } from "../incremental/collection.ts";
import { structurallyEqual } from "../incremental/equal.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { Listener, ListenerTls } from "../model/gateway.ts";
import type { CompileInputs } from "./inputs.ts";
import { comparePlacements, type Placement, type Placements } from "./placement.ts";

/** All listeners of one port that have one host pattern in common. */
export interface Site {
  readonly port: string;
  readonly hostname: string;
  /** Whether only the most specific such site serves a host; false where all of its listeners are shared. */
  readonly isolated: boolean;
  /** Whether its port speaks TLS. */
  readonly secure: boolean;
  readonly detectMisdirected: boolean;
  /** Whether requests for its hosts are its own; not so for shared listeners without a usable certificate, whose hosts others may serve. */
  readonly claims: boolean;
  /** The table that requests arriving under this host pattern are looked up in. */
  readonly table: string;
  /** Undefined for plain HTTP and where no certificate is usable. */
  readonly tls?: ListenerTls;
  /** Keys of the listeners, the deciding one first. */
  readonly listeners: readonly string[];
}

export interface Sites {
  /** By `<port key>|<host pattern>`. */
  readonly sites: Collection<Site>;
  /** By port key. */
  readonly byPort: Group<Site>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

/** Unites the listeners of a port that have the same host. Their rules are served together; of different certificates the first listener's count. */
export function uniteSites(graph: Graph, inputs: CompileInputs, { heads, placements }: Placements): Sites {
  const members = graph.group(
    "compile.site-members",
    placements,
    (placement) => [`${placement.port}|${placement.listener.hostname}`],
    comparePlacements,
  );
  const sites = graph.derive<readonly Entry<Placement>[], Site>("compile.sites", members, (list, key, context) => {
    const first = list[0]?.value;
    const head = first === undefined ? undefined : context.get(heads, first.port);
    if (first === undefined || head === undefined) return [];
    const { hostname, isolation } = first.listener;
    const isolated = isolation === "isolated";
    const tls = list.map(({ value }) => usableTls(inputs, value, context)).find((found) => found !== undefined);
    const site: Site = {
      port: first.port,
      hostname,
      isolated,
      secure: head.tls,
      claims: isolated || !head.tls || tls !== undefined,
      detectMisdirected: head.tls && list.some(({ value }) => value.listener.detectMisdirected),
      table: head.tls && isolated ? `${head.table}/${hostname}` : head.table,
      listeners: list.map((member) => member.key),
    };
    return [[key, tls === undefined ? site : { ...site, tls }]];
  });
  const findings = graph.derive("compile.site-findings", members, (list, key) => {
    const conflicts = tlsConflicts(list);
    return conflicts.length === 0 ? [] : [[key, conflicts] as const];
  });
  return { sites, byPort: graph.group("compile.port-sites", sites, (site) => [site.port]), findings };
}

/**
 * Whether connections for a site are checked as one of its listeners demands. Listeners of several gateways can share a port and a host, and the settings
 * of one of them count: what another one wants to serve only to clients with certificates must not be served without.
 */
export function checksClientsOf(site: Site | undefined, listener: Listener): boolean {
  const demanded = listener.tls?.clientValidation;
  if (demanded?.mode !== "required") return true;
  return structurallyEqual(site?.tls?.clientValidation, demanded);
}

/** The TLS settings with only those certificates that exist now; undefined if none is left. */
function usableTls(inputs: CompileInputs, { listener }: Placement, context: Context): ListenerTls | undefined {
  if (listener.tls === undefined || listener.tls.mode !== "terminate") return undefined;
  const certificates = listener.tls.certificates.filter((key) => context.get(inputs.certificates, key) !== undefined);
  return certificates.length === 0 ? undefined : { ...listener.tls, certificates };
}

function tlsConflicts(list: readonly Entry<Placement>[]): readonly Diagnostic[] {
  const first = list.find(({ value }) => (value.listener.tls?.certificates.length ?? 0) > 0)?.value.listener;
  if (first === undefined) return [];
  const losers = list.filter(
    ({ value: { listener } }) =>
      (listener.tls?.certificates.length ?? 0) > 0 && !structurallyEqual(listener.tls, first.tls),
  );
  return losers.map(({ value: { listener } }) => {
    const message = `listener ${listener.key} has the port and host of ${first.key}, whose certificates and TLS settings are used`;
    return diagnose("WR0304", listener.origin, message, "use the same certificate or another host");
  });
}

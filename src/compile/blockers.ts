import type { Collection, Context, Entry } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import { covers, patternsOver } from "./domain.ts";
import type { PortHead } from "./placement.ts";
import type { HostPlan } from "./plan.ts";
import type { Site, Sites } from "./sites.ts";

/**
 * Up to this many sites of one port every table lists the hosts of all others, so that a host nobody serves gets 404 and a host of
 * another listener 421. Beyond, the lists would grow with the square: every host outside a listener's own then gets 421.
 */
const MOST_LISTED_SITES = 50;

/** How the tables of one TLS port tell requests for each other's hosts. */
interface PortSeparation {
  /** The sites to list one by one; undefined where one `*` stands for all of them. */
  readonly listed?: readonly Entry<Site>[];
  /** The table of the shared sites, if there are any. */
  readonly sharedTable?: string;
}

/**
 * Virtual hosts without rules that keep one table of a TLS port from answering for a host of another: a connection opened for one server name
 * may carry requests for any host the certificate covers (HTTP/2 connection reuse). By `<proxy class>|<table>|<domain>`.
 */
export function blockForeignHosts(
  graph: Graph,
  heads: Collection<PortHead>,
  { sites, byPort }: Sites,
): Collection<HostPlan> {
  const separations = graph.derive<PortHead, PortSeparation>("compile.separations", heads, (head, port, context) =>
    head.tls ? [[port, separationOf(context.group(byPort, port))]] : [],
  );
  return graph.derive<Site, HostPlan>("plan.blocked-hosts", sites, (site, _key, context) => {
    const head = context.get(heads, site.port);
    const separation = context.get(separations, site.port);
    if (head === undefined || separation === undefined || !site.claims) return [];
    const plans = new Map<string, HostPlan>();
    const block = (table: string, domain: string, flagged: boolean) => {
      const otherwise = flagged ? "misdirected" : "not-found";
      const key = `${head.proxyClass}|${table}|${domain}`;
      plans.set(key, { proxyClass: head.proxyClass, table, domain, rules: [], otherwise });
    };
    if (separation.listed === undefined) blockByPattern(site, separation, block, lookUp(sites, context));
    else for (const { value } of separation.listed) blockInListed(site, value, block);
    return plans;
  });
}

type Block = (table: string, domain: string, flagged: boolean) => void;

function separationOf(all: readonly Entry<Site>[]): PortSeparation {
  const members = all.filter(({ value }) => value.claims);
  const shared = members.find(({ value }) => !value.isolated)?.value.table;
  const listed = members.length <= MOST_LISTED_SITES && !members.some(({ value }) => value.hostname === "*");
  return { ...(shared === undefined ? {} : { sharedTable: shared }), ...(listed ? { listed: members } : {}) };
}

/** Keeps the host of `site` out of the table of `other`. */
function blockInListed(site: Site, other: Site, block: Block): void {
  if (other.table === site.table) return;
  const flagged = site.detectMisdirected || other.detectMisdirected;
  if (flagged || !other.isolated || covers(other.hostname, site.hostname)) block(other.table, site.hostname, flagged);
}

/** The same with work that does not grow with the number of sites: only tables that would answer for the host by a wildcard list it. */
function blockByPattern(
  site: Site,
  separation: PortSeparation,
  block: Block,
  find: (hostname: string) => Site | undefined,
): void {
  for (const pattern of patternsOver(site.hostname).slice(1)) {
    const other = find(`${site.port}|${pattern}`);
    if (other === undefined || other.table === site.table) continue;
    block(other.table, site.hostname, site.detectMisdirected || other.detectMisdirected);
  }
  if (!site.isolated) return;
  if (separation.sharedTable !== undefined) block(separation.sharedTable, site.hostname, site.detectMisdirected);
  if (site.detectMisdirected && site.hostname !== "*") block(site.table, "*", true);
}

function lookUp(sites: Collection<Site>, context: Context): (key: string) => Site | undefined {
  return (key) => context.get(sites, key);
}

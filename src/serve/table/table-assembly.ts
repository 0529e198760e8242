import { createHash } from "node:crypto";
import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";

/**
 * A run of virtual hosts that follow each other in a table. Blocks are shared between versions of a table, so that what is
 * derived from one (its bytes, the clusters it names) is derived again only where a host of it changed.
 */
export interface HostBlock {
  readonly hosts: readonly EncodedVirtualHost[];
  readonly byteLength: number;
}

/** A route table as it is sent to a proxy: all of a table's virtual hosts, or all but some that are held back. */
export interface TableAssembly {
  readonly kind: "assembly";
  readonly type: "route";
  readonly name: string;
  readonly version: string;
  readonly head: Uint8Array;
  readonly hosts: readonly EncodedVirtualHost[];
  readonly blocks: readonly HostBlock[];
  /** Of the whole RouteConfiguration. */
  readonly byteLength: number;
}

/** Hosts whose bytes differ from the table's: an earlier version, or undefined where the host must not appear. */
export type HostOverrides = ReadonlyMap<string, EncodedVirtualHost | undefined>;

/** Hosts per block: one change copies one block (some 30 KB), and a table of 10,000 hosts is written in about 150 pieces. */
const targetBlockSize = 64;

/** Assembles `table` whole, reusing the blocks of `previous`, an earlier assembly of the same table. */
export function assembleTable(table: EncodedRouteTable, previous: TableAssembly | undefined): TableAssembly {
  return assembly(table.name, table.version, table.head, table.virtualHosts, previous?.blocks ?? []);
}

/** The assembly of a table in which some hosts, or the head, keep what the proxy has; `full` is the table's whole assembly. */
export function assemblePartly(full: TableAssembly, overrides: HostOverrides, head: Uint8Array): TableAssembly {
  const hosts: EncodedVirtualHost[] = [];
  const pending = new Map(overrides);
  for (const host of full.hosts) {
    if (!pending.has(host.name)) {
      hosts.push(host);
      continue;
    }
    const kept = pending.get(host.name);
    pending.delete(host.name);
    if (kept !== undefined) hosts.push(kept);
  }
  return assembly(full.name, partialVersion(full, overrides, head), head, hosts, full.blocks);
}

/** Distinct for each set of held-back hosts, and never a version of the table itself. */
function partialVersion(full: TableAssembly, overrides: HostOverrides, head: Uint8Array): string {
  const hash = createHash("sha256");
  for (const name of [...overrides.keys()].sort()) {
    hash.update(JSON.stringify([name, overrides.get(name)?.version ?? null]));
  }
  if (head !== full.head) hash.update(head);
  return `${full.version}~${hash.digest("base64url").slice(0, 16)}`;
}

function assembly(
  name: string,
  version: string,
  head: Uint8Array,
  hosts: readonly EncodedVirtualHost[],
  earlier: readonly HostBlock[],
): TableAssembly {
  const blocks = cutIntoBlocks(hosts, earlier);
  const byteLength = blocks.reduce((sum, block) => sum + block.byteLength, head.length);
  return { kind: "assembly", type: "route", name, version, head, hosts, blocks, byteLength };
}

/** Cuts `hosts` into blocks, taking over each earlier block whose hosts stand unchanged next to each other. */
export function cutIntoBlocks(
  hosts: readonly EncodedVirtualHost[],
  earlier: readonly HostBlock[],
): readonly HostBlock[] {
  const blocks: HostBlock[] = [];
  let loose: EncodedVirtualHost[] = [];
  let at = 0;
  for (const [index, block] of earlier.entries()) {
    const boundary = earlier[index + 1]?.hosts[0]?.name;
    const unchanged = at + block.hosts.length;
    if (standsAt(hosts, at, block) && liesBehind(hosts[unchanged], boundary)) {
      blocks.push(...split(loose), block);
      loose = [];
      at = unchanged;
      continue;
    }
    for (let host = hosts[at]; host !== undefined && !liesBehind(host, boundary); host = hosts[at]) {
      loose.push(host);
      at++;
    }
    if (loose.length >= targetBlockSize / 2) {
      blocks.push(...split(loose));
      loose = [];
    }
  }
  blocks.push(...split(loose.concat(hosts.slice(at))));
  return blocks;
}

function standsAt(hosts: readonly EncodedVirtualHost[], at: number, block: HostBlock): boolean {
  return block.hosts.every((host, index) => hosts[at + index] === host);
}

/** Whether `next` belongs to a block behind `boundary`, the first host of the next block. */
function liesBehind(next: EncodedVirtualHost | undefined, boundary: string | undefined): boolean {
  return next === undefined || (boundary !== undefined && next.name >= boundary);
}

function split(hosts: readonly EncodedVirtualHost[]): HostBlock[] {
  const pieces = hosts.length <= 2 * targetBlockSize ? 1 : Math.ceil(hosts.length / targetBlockSize);
  const size = Math.ceil(hosts.length / pieces);
  const blocks: HostBlock[] = [];
  for (let start = 0; start < hosts.length; start += size) {
    const part = hosts.slice(start, start + size);
    blocks.push({ hosts: part, byteLength: part.reduce((sum, host) => sum + host.bytes.length, 0) });
  }
  return blocks;
}

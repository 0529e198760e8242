import { combinedVersion } from "../content-version.ts";
import type { EncodedRouteTable, EncodedVirtualHost, HostBlock } from "../resource.ts";

/**
 * How many blocks a table has at most. An edit of one of N hosts touches the N / 128 hosts of its block and the 128 blocks of its table,
 * which is least around the ten thousand hosts that are many.
 */
const BLOCKS = 128;

/** Which block of its table a host belongs to: by its name alone (FNV-1a), so that no host moves when others come and go, whichever process serves it. */
export function blockIndex(domain: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < domain.length; index++) {
    hash = Math.imul(hash ^ domain.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % BLOCKS;
}

/** @param hosts those with this block index, sorted by domain; at least one. */
export function hostBlock(index: number, hosts: readonly EncodedVirtualHost[]): HostBlock {
  return {
    index,
    hosts,
    version: combinedVersion(
      "hosts",
      hosts.map((host) => host.version),
    ),
    byteLength: hosts.reduce((sum, host) => sum + host.bytes.length, 0),
  };
}

/** All blocks of a table with these hosts, which may come in any order. */
export function hostBlocks(hosts: Iterable<EncodedVirtualHost>): HostBlock[] {
  return [...Map.groupBy(hosts, ({ name }) => blockIndex(name))]
    .sort(([a], [b]) => a - b)
    .map(([index, members]) => hostBlock(index, members.sort(byDomain)));
}

export function byDomain(a: EncodedVirtualHost, b: EncodedVirtualHost): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** All hosts of a table, in the order in which they are sent. */
export function hostsOf({ blocks }: Pick<EncodedRouteTable, "blocks">): readonly EncodedVirtualHost[] {
  return blocks.flatMap(({ hosts }) => hosts);
}

/** The host of a table that serves `domain`. */
export function hostIn({ blocks }: Pick<EncodedRouteTable, "blocks">, domain: string): EncodedVirtualHost | undefined {
  const index = blockIndex(domain);
  return blocks.find((block) => block.index === index)?.hosts.find(({ name }) => name === domain);
}

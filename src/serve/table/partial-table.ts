import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";
import { blockIndex, hostBlock } from "../../xds/routes/host-block.ts";
import { assembleTable } from "../../xds/routes/route-table.ts";

/** Hosts whose bytes differ from the table's: an earlier version, or undefined where the host must not appear. */
export type HostOverrides = ReadonlyMap<string, EncodedVirtualHost | undefined>;

/** `full` in which some hosts, or the head, keep what the proxy has. */
export function partialTable(full: EncodedRouteTable, overrides: HostOverrides, head: Uint8Array): EncodedRouteTable {
  const touched = new Set([...overrides.keys()].map(blockIndex));
  const blocks = full.blocks.flatMap((block) => {
    if (!touched.has(block.index)) return [block];
    const hosts = block.hosts
      .map((host) => (overrides.has(host.name) ? overrides.get(host.name) : host))
      .filter((host) => host !== undefined);
    return hosts.length === 0 ? [] : [hostBlock(block.index, hosts)];
  });
  return assembleTable(full.name, head, blocks);
}

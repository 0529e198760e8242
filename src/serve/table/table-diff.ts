import type { EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";

/** One virtual host that differs between what a proxy has and what it should have. */
export interface HostChange {
  readonly name: string;
  /** Undefined where the host is new to the proxy. */
  readonly from: EncodedVirtualHost | undefined;
  readonly to: EncodedVirtualHost;
}

export interface TableDiff {
  /** New and changed hosts, in the order of the table. */
  readonly changed: readonly HostChange[];
  /** Names of hosts that the table no longer has. */
  readonly removed: readonly string[];
}

/**
 * What differs between two forms of a table; `from` is undefined where the proxy has none. Blocks that both have cost one comparison each. The same host
 * is in the same block of both.
 */
export function diffTables(from: EncodedRouteTable | undefined, to: EncodedRouteTable): TableDiff {
  const changed: HostChange[] = [];
  const removed: string[] = [];
  const before = from?.blocks ?? [];
  let at = 0;
  const takeUpTo = (index: number) => {
    for (let block = before[at]; block !== undefined && block.index < index; block = before[++at]) {
      removed.push(...block.hosts.map(({ name }) => name));
    }
  };
  // Both are in the order of their indexes, and mostly all blocks but one are the same.
  for (const block of to.blocks) {
    takeUpTo(block.index);
    const earlier = before[at]?.index === block.index ? before[at++] : undefined;
    if (earlier === block || earlier?.version === block.version) continue;
    const hosts = new Map(earlier?.hosts.map((host) => [host.name, host]));
    for (const host of block.hosts) {
      const old = hosts.get(host.name);
      hosts.delete(host.name);
      if (old?.version !== host.version) changed.push({ name: host.name, from: old, to: host });
    }
    removed.push(...hosts.keys());
  }
  takeUpTo(Number.POSITIVE_INFINITY);
  return { changed, removed };
}

import type { EncodedVirtualHost } from "../../xds/resource.ts";

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

/** What differs between two lists of virtual hosts; whatever both begin or end with costs one comparison each. */
export function diffHosts(from: readonly EncodedVirtualHost[], to: readonly EncodedVirtualHost[]): TableDiff {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && same(from[start], to[start])) start++;
  let tail = 0;
  while (tail < shorter - start && same(from[from.length - 1 - tail], to[to.length - 1 - tail])) tail++;

  const before = new Map<string, EncodedVirtualHost>();
  for (const host of from.slice(start, from.length - tail)) before.set(host.name, host);
  const changed: HostChange[] = [];
  for (const host of to.slice(start, to.length - tail)) {
    const earlier = before.get(host.name);
    before.delete(host.name);
    if (earlier === undefined || !same(earlier, host)) changed.push({ name: host.name, from: earlier, to: host });
  }
  return { changed, removed: [...before.keys()] };
}

function same(a: EncodedVirtualHost | undefined, b: EncodedVirtualHost | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.name === b.name && a.version === b.version);
}

import { itemsOf, leaves } from "../../xds/requirements.ts";
import type { EncodedRouteTable, HostBlock, Requirements, ResourceType } from "../../xds/resource.ts";
import { DependencyCache } from "./dependency-cache.ts";
import { type HostOverrides, partialTable } from "./partial-table.ts";
import { diffTables, type TableDiff } from "./table-diff.ts";

/** What is derived from route tables, computed once for all streams and forgotten with the table. */
export class TableCache {
  readonly dependencies = new DependencyCache();
  readonly #partial = new WeakMap<EncodedRouteTable, Map<string, EncodedRouteTable>>();
  /** The latest comparison from each table: streams mostly move between the same two. */
  readonly #diffs = new WeakMap<EncodedRouteTable, { readonly to: EncodedRouteTable; readonly diff: TableDiff }>();
  readonly #required = new WeakMap<HostBlock, BlockNames>();
  readonly #requiredByPart = new WeakMap<Requirements, ReadonlySet<string>>();

  /** `full` with some hosts, or the head, as they were. Equal hold-backs share one table. */
  partly(full: EncodedRouteTable, overrides: HostOverrides, head: Uint8Array): EncodedRouteTable {
    if (overrides.size === 0 && head === full.head) return full;
    let variants = this.#partial.get(full);
    if (variants === undefined) {
      variants = new Map();
      this.#partial.set(full, variants);
    }
    const key = JSON.stringify([
      head === full.head ? null : Buffer.from(head).toString("base64"),
      ...[...overrides].map(([name, host]) => [name, host?.version ?? null]),
    ]);
    let table = variants.get(key);
    if (table === undefined) {
      table = partialTable(full, overrides, head);
      variants.set(key, table);
    }
    return table;
  }

  diff(from: EncodedRouteTable, to: EncodedRouteTable): TableDiff {
    const known = this.#diffs.get(from);
    if (known?.to === to) return known.diff;
    const diff = diffTables(from, to);
    this.#diffs.set(from, { to, diff });
    return diff;
  }

  /** Whether a virtual host of the table requires the resource `name` of `type`. */
  uses(table: EncodedRouteTable, type: ResourceType, name: string): boolean {
    const key = `${type} ${name}`;
    return table.blocks.some((block) => {
      const { names, parts } = this.#requiredBy(block);
      return names.has(key) || parts.some((part) => this.#namesIn(part).has(key));
    });
  }

  #requiredBy(block: HostBlock): BlockNames {
    let required = this.#required.get(block);
    if (required === undefined) {
      const own = block.hosts.map(({ requires }) => requires);
      const parts = own.flatMap((requires) => (requires.parts === undefined ? [] : leaves(requires).slice(1)));
      required = { names: new Set(own.flatMap(keysIn)), parts };
      this.#required.set(block, required);
    }
    return required;
  }

  #namesIn(part: Requirements): ReadonlySet<string> {
    let names = this.#requiredByPart.get(part);
    if (names === undefined) {
      names = new Set(keysIn(part));
      this.#requiredByPart.set(part, names);
    }
    return names;
  }
}

/** What the hosts of a block require: in lists of their own, and in lists that other versions of them share. */
interface BlockNames {
  readonly names: ReadonlySet<string>;
  readonly parts: readonly Requirements[];
}

/** `<type> <name>` of all that this list names. */
function keysIn(requires: Requirements): readonly string[] {
  return itemsOf(requires).map(({ kind, name }) => `${kind} ${name}`);
}

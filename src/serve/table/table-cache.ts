import type { EncodedRouteTable, ResourceType } from "../../xds/resource.ts";
import {
  assemblePartly,
  assembleTable,
  type HostBlock,
  type HostOverrides,
  type TableAssembly,
} from "./table-assembly.ts";
import { diffHosts, type TableDiff } from "./table-diff.ts";

/** What is derived from route tables, computed once for all streams and forgotten with the table. */
export class TableCache {
  readonly #full = new WeakMap<EncodedRouteTable, TableAssembly>();
  readonly #partial = new WeakMap<TableAssembly, Map<string, TableAssembly>>();
  /** The latest comparison from each assembly: streams mostly move between the same two. */
  readonly #diffs = new WeakMap<TableAssembly, { readonly to: TableAssembly; readonly diff: TableDiff }>();
  readonly #required = new WeakMap<HostBlock, ReadonlySet<string>>();

  /** The whole of `table`; `previous`, if any, is an assembly to take unchanged blocks from. */
  full(table: EncodedRouteTable, previous: TableAssembly | undefined): TableAssembly {
    let assembly = this.#full.get(table);
    if (assembly === undefined) {
      assembly = assembleTable(table, previous);
      this.#full.set(table, assembly);
    }
    return assembly;
  }

  /** `full` with some hosts, or the head, as they were. Equal hold-backs share one assembly. */
  partly(full: TableAssembly, overrides: HostOverrides, head: Uint8Array): TableAssembly {
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
    let assembly = variants.get(key);
    if (assembly === undefined) {
      assembly = assemblePartly(full, overrides, head);
      variants.set(key, assembly);
    }
    return assembly;
  }

  diff(from: TableAssembly, to: TableAssembly): TableDiff {
    const known = this.#diffs.get(from);
    if (known?.to === to) return known.diff;
    const diff = diffHosts(from.hosts, to.hosts);
    this.#diffs.set(from, { to, diff });
    return diff;
  }

  /** Whether a virtual host of the assembly requires the resource `name` of `type`. */
  uses(assembly: TableAssembly, type: ResourceType, name: string): boolean {
    const key = `${type} ${name}`;
    return assembly.blocks.some((block) => this.#requiredBy(block).has(key));
  }

  #requiredBy(block: HostBlock): ReadonlySet<string> {
    let required = this.#required.get(block);
    if (required === undefined) {
      required = new Set(
        block.hosts.flatMap(({ requires }) => [
          ...requires.clusters.map((name) => `cluster ${name}`),
          ...requires.secrets.map((name) => `secret ${name}`),
          ...requires.extensions.map((name) => `extension ${name}`),
        ]),
      );
      this.#required.set(block, required);
    }
    return required;
  }
}

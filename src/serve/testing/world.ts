import fc from "fast-check";
import type { ServedResource } from "../../xds/resource.ts";
import { table, virtualHost, whole } from "./test-plans.ts";

export const proxyClass = "default/web";

/** A small network from which a consistent plan follows: everything a host names is in it. */
export interface World {
  /** By host: the table it stands in, its clusters, its content. */
  readonly hosts: ReadonlyMap<
    string,
    { readonly table: string; readonly clusters: readonly string[]; readonly content: string }
  >;
  readonly clusterContent: ReadonlyMap<string, string>;
  readonly endpointContent: ReadonlyMap<string, string>;
  readonly heads: ReadonlyMap<string, string>;
  readonly listeners: ReadonlyMap<string, { readonly content: string; readonly tables: readonly string[] }>;
}

const tableNames = ["t0", "t1"];
const hostNames = ["h0", "h1", "h2", "h3", "h4", "h5", "h6"];
const clusterNames = ["c0", "c1", "c2", "c3", "c4"];
const listenerNames = ["l0", "l1"];

/** The last cluster brings its endpoints itself, the one before has a secret. */
export function resourcesOf(world: World): ServedResource[] {
  const resources: ServedResource[] = [];
  const used = new Set([...world.hosts.values()].flatMap(({ clusters }) => clusters));
  for (const name of used) {
    const content = world.clusterContent.get(name) ?? "0";
    const secrets = name === "c3" ? ["s0"] : [];
    const requires = { secrets };
    resources.push(
      whole("cluster", name, name === "c4" ? { content, requires } : { content, requires, endpoints: `e-${name}` }),
    );
    if (name !== "c4") {
      resources.push(whole("endpoint", `e-${name}`, { content: world.endpointContent.get(name) ?? "0" }));
    }
    if (name === "c3") resources.push(whole("secret", "s0", { content: "0" }));
  }
  for (const [name, { content, tables }] of world.listeners)
    resources.push(whole("listener", name, { content, tables }));
  for (const name of tableNames) {
    const hosts = [...world.hosts].filter(([, host]) => host.table === name);
    resources.push(
      table(
        name,
        hosts.map(([host, { clusters, content }]) => virtualHost({ name: host, content, clusters })),
        world.heads.get(name),
      ),
    );
  }
  return resources;
}

/** One thing that happens: an edit, messages that arrive, time that passes, a connection that stalls or breaks. */
export type Step =
  | {
      readonly kind: "host";
      readonly name: string;
      readonly table: string;
      readonly clusters: readonly string[];
      readonly content: string;
    }
  | { readonly kind: "drop-host" | "drop-listener"; readonly name: string }
  | { readonly kind: "cluster" | "endpoint" | "head"; readonly name: string; readonly content: string }
  | { readonly kind: "listener"; readonly name: string; readonly content: string; readonly tables: readonly string[] }
  | { readonly kind: "to-server" | "to-client"; readonly count: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "block" | "unblock" | "reconnect" };

/** Random steps; `bad` content is refused by the client. */
export function steps(faults: { readonly bad: boolean; readonly reconnects: boolean }): fc.Arbitrary<Step[]> {
  const content = fc.constantFrom(...(faults.bad ? ["1", "2", "3", "bad1", "bad2"] : ["1", "2", "3"]));
  const host = fc.record({
    kind: fc.constant("host" as const),
    name: fc.constantFrom(...hostNames),
    table: fc.constantFrom(...tableNames),
    clusters: fc.uniqueArray(fc.constantFrom(...clusterNames), { maxLength: 2 }),
    content,
  });
  const listener = fc.record({
    kind: fc.constant("listener" as const),
    name: fc.constantFrom(...listenerNames),
    content,
    tables: fc.uniqueArray(fc.constantFrom(...tableNames), { minLength: 1 }),
  });
  const moved = (kind: "to-server" | "to-client") =>
    fc.record({ kind: fc.constant(kind), count: fc.integer({ min: 1, max: 6 }) });
  const named = (kind: "cluster" | "endpoint" | "head", names: readonly string[]) =>
    fc.record({ kind: fc.constant(kind), name: fc.constantFrom(...names), content });
  const dropped = (kind: "drop-host" | "drop-listener", names: readonly string[]) =>
    fc.record({ kind: fc.constant(kind), name: fc.constantFrom(...names) });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: host },
    { weight: 2, arbitrary: dropped("drop-host", hostNames) },
    { weight: 1, arbitrary: dropped("drop-listener", listenerNames) },
    { weight: 3, arbitrary: named("cluster", clusterNames) },
    { weight: 3, arbitrary: named("endpoint", clusterNames) },
    { weight: 1, arbitrary: named("head", tableNames) },
    { weight: 2, arbitrary: listener },
    { weight: 8, arbitrary: moved("to-server") },
    { weight: 8, arbitrary: moved("to-client") },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 300, 1_100, 2_100) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "block" } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: "unblock" } as const) },
    ...(faults.reconnects ? [{ weight: 1, arbitrary: fc.constant({ kind: "reconnect" } as const) }] : []),
  );
  return fc.array(step, { maxLength: 120, size: "max" });
}

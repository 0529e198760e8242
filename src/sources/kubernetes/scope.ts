import type { KubernetesClient } from "../../kubernetes/client.ts";
import type { Clock } from "../../kubernetes/clock.ts";
import { Reflector, type ReflectorProblem } from "../../kubernetes/reflector.ts";
import type { Holding, KnownObjects } from "./known-objects.ts";
import type { WatchedKind } from "./options.ts";
import { type Reading, readObject } from "./reading.ts";

/** What all parts of one source share. */
export interface Room {
  readonly source: string;
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly known: KnownObjects;
  /** Called after anything that may be news, or may have made the source complete. */
  readonly progressed: () => void;
  /** Told of each list and watch that fails, and with undefined when it works again. */
  readonly trouble: (what: string, problem: ReflectorProblem | undefined) => void;
}

export interface ScopeOptions {
  readonly kind: WatchedKind;
  readonly version: string;
  /** All namespaces where undefined. */
  readonly namespace: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  /** Of what is listed, the names that count; all where undefined. */
  readonly counts?: (name: string) => boolean;
  /** Called once, in the same moment in which everything has been listed. */
  readonly synced: () => void;
}

/** One list and watch, and the objects it answers for. */
export class Scope {
  readonly #room: Room;
  readonly #options: ScopeOptions;
  readonly #holding: Holding = new Set();
  readonly #reflector: Reflector<Reading>;
  #isSynced = false;
  #brokenSince: number | undefined;
  #problem: string | undefined;

  constructor(room: Room, options: ScopeOptions) {
    this.#room = room;
    this.#options = options;
    const { kind, version, namespace, query, counts = () => true } = options;
    this.#reflector = new Reflector<Reading>({
      client: room.client,
      clock: room.clock,
      path: collectionPath(kind, version, namespace),
      query,
      read: (body) => readObject(kind, room.source, body),
      replaced: (readings) => this.#replaced(readings.filter(({ object }) => counts(object.name))),
      applied: (reading) => {
        if (!counts(reading.object.name)) return;
        room.known.apply(this.#holding, reading);
        room.progressed();
      },
      deleted: ({ key }) => {
        room.known.remove(this.#holding, key);
        room.progressed();
      },
      trouble: (problem) => this.#trouble(problem),
    });
    this.#reflector.start();
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get objects(): number {
    return this.#holding.size;
  }

  get brokenSince(): number | undefined {
    return this.#brokenSince;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** What it held and nobody else does is gone. */
  drop(): Promise<void> {
    for (const key of [...this.#holding]) this.forget(key);
    return this.close();
  }

  forget(key: string): void {
    this.#room.known.remove(this.#holding, key);
  }

  /** Ends it, and leaves its objects as they are. */
  close(): Promise<void> {
    if (this.#problem !== undefined) this.#trouble(undefined);
    return this.#reflector.stop();
  }

  #replaced(readings: readonly Reading[]): void {
    this.#room.known.replace(this.#holding, readings);
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#options.synced();
    }
    this.#room.progressed();
  }

  #trouble(problem: ReflectorProblem | undefined): void {
    this.#problem = problem?.message;
    this.#brokenSince = problem === undefined ? undefined : (this.#brokenSince ?? this.#room.clock.now());
    this.#room.trouble(describe(this.#options), problem);
  }
}

function collectionPath({ group, plural }: WatchedKind, version: string, namespace: string | undefined): string {
  const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined ? `${api}/${plural}` : `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** "secrets shop/web", "httproutes in shop", "services". */
function describe({ kind, namespace, query }: ScopeOptions): string {
  const name = query.fieldSelector?.startsWith(NAME) === true ? query.fieldSelector.slice(NAME.length) : undefined;
  if (name !== undefined) return `${kind.plural} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  return namespace === undefined ? kind.plural : `${kind.plural} in ${namespace}`;
}

const NAME = "metadata.name=";

/** Selects one object by its name. */
export function byName(name: string): Readonly<Record<string, string>> {
  return { fieldSelector: NAME + name };
}

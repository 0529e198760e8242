import type { Collection } from "../../incremental/collection.ts";
import { listAt, numberAt, textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { BackendSet, WantedBackend } from "./backend-set.ts";

/** On an EndpointSlice: run demo backends behind its addresses. The value is the version they tell. */
export const demoAnnotation = "weir.dev/demo-backend";

/** The servers that annotated slices ask for. Only loopback addresses are served: the rest of a slice is somebody else's. */
export function wantedBackends(slices: Iterable<SourceObject>): readonly WantedBackend[] {
  const wanted: WantedBackend[] = [];
  for (const { annotations, labels, body } of slices) {
    const version = annotations[demoAnnotation];
    const name = labels["kubernetes.io/service-name"];
    if (version === undefined || name === undefined) continue;
    for (const endpoint of listAt(body, "endpoints")) {
      for (const address of listAt(endpoint, "addresses")) {
        if (typeof address !== "string" || !isLoopback(address)) continue;
        for (const entry of listAt(body, "ports")) {
          const port = numberAt(entry, "port");
          const protocol = textAt(entry, "protocol") ?? "TCP";
          if (port === undefined || protocol !== "TCP") continue;
          wanted.push({ name, version, address, port });
        }
      }
    }
  }
  return wanted;
}

function isAnnotated(slice: SourceObject | undefined): boolean {
  return slice?.annotations[demoAnnotation] !== undefined;
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/** Has the demo backends run that slices ask for, as long as they ask for them. */
export class AnnotatedBackends {
  readonly #slices: Collection<SourceObject>;
  readonly #onProblem: (message: string) => void;
  readonly #backends: BackendSet;
  readonly #unsubscribe: () => void;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(slices: Collection<SourceObject>, backends: BackendSet, onProblem: (message: string) => void) {
    this.#slices = slices;
    this.#backends = backends;
    this.#onProblem = onProblem;
    this.#unsubscribe = slices.subscribe((changes) => {
      // Most slices have nothing to do with demo backends, and there may be thousands of them.
      const concerned = [...changes.values()].some((change) => isAnnotated(change.before) || isAnnotated(change.after));
      if (concerned) void this.reconcile();
    });
  }

  /** Brings what runs to what is asked for; resolves when that is done. One change after the other. */
  reconcile(): Promise<void> {
    this.#work = this.#work.then(() => this.#bringAbout());
    return this.#work;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closed = true;
    await this.reconcile();
  }

  async #bringAbout(): Promise<void> {
    const slices = Array.from(this.#slices.entries(), ([, slice]) => slice);
    const wanted = this.#closed ? [] : wantedBackends(slices);
    for (const problem of await this.#backends.bring(wanted)) this.#onProblem(problem);
  }
}

import { type Clock, systemClock } from "../../kubernetes/clock.ts";
import { Reflector, type ReflectorProblem } from "../../kubernetes/reflector.ts";
import type { LocatePosition } from "../../model/provenance.ts";
import { type GroupKind, kindKey, type ObjectRef, objectKey, type SourceObject } from "../../model/source-object.ts";
import type { SourceBatch } from "../source.ts";
import { ByNeedFeed } from "./by-need-feed.ts";
import { freshnessOf } from "./freshness.ts";
import { KindDiscovery } from "./kind-discovery.ts";
import { type Feed, KindFeed } from "./kind-feed.ts";
import { KnownObjects } from "./known-objects.ts";
import { Needs } from "./needs.ts";
import type { CurrentState, KindFreshness, KubernetesSource, KubernetesSourceOptions, WatchedKind } from "./options.ts";
import type { Room } from "./scope.ts";

const SECRET: GroupKind = { group: "", kind: "Secret" };
const CONFIG_MAP: GroupKind = { group: "", kind: "ConfigMap" };
/** Kept by Helm, one for each release of everything, large, and never referred to. */
const NO_RELEASES = { fieldSelector: "type!=helm.sh/release.v1" } as const;
/** Kinds of which the label selector selects: not what others refer to, and not what has no namespace. */
const NOT_SELECTED = new Set([
  "/Service",
  "discovery.k8s.io/EndpointSlice",
  "gateway.networking.k8s.io/ReferenceGrant",
  "/Secret",
  "/ConfigMap",
]);
const NOT_FOUND = 404;
const FORBIDDEN = 403;

/**
 * The objects of a cluster as a source. To be used like this:
 *
 * ```ts
 * const { client } = await openKubernetesClient({ kind: "default" }, `weir/${version}`);
 * const source = createKubernetesSource({ client, kinds: kindDefinitions, referencesOf: referencedObjects });
 * await source.start((batch) => intake.apply(source.id, batch)); // everything is there
 * source.freshness(); // for readiness and metrics
 * await source.close();
 * await client.close();
 * ```
 *
 * The client stays the caller's. `want` may be called at any time, from within `deliver` too.
 */
export function createKubernetesSource(options: KubernetesSourceOptions, clock: Clock = systemClock): KubernetesSource {
  return new ClusterSource(options, clock);
}

class ClusterSource implements KubernetesSource {
  readonly id = "kubernetes";
  /** Objects in a cluster have no lines. */
  readonly locate: LocatePosition = () => undefined;
  readonly #options: KubernetesSourceOptions;
  readonly #room: Room;
  readonly #known: KnownObjects;
  readonly #needs = new Needs();
  readonly #feeds = new Map<string, Feed>();
  readonly #byNeed: readonly ByNeedFeed[];
  readonly #discovery: KindDiscovery;
  readonly #definitions: Reflector<undefined>;
  /** What was told last of each thing that does not work. */
  readonly #problems = new Map<string, string>();
  readonly #listeners = new Set<(object: ObjectRef) => void>();
  #deliver: ((batch: SourceBatch) => void) | undefined;
  #whenComplete: (() => void) | undefined;
  #isScheduled = false;
  #needsChanged = false;

  constructor(options: KubernetesSourceOptions, clock: Clock) {
    this.#options = options;
    this.#known = new KnownObjects((key, object) => this.#noteReferences(key, object));
    this.#room = {
      source: this.id,
      client: options.client,
      clock,
      known: this.#known,
      progressed: () => this.#schedule(),
      trouble: (what, problem) => this.#trouble(what, problem),
    };
    const byNeed = new Set((options.byNeed ?? [SECRET, CONFIG_MAP]).map(kindKey));
    for (const kind of options.kinds) this.#feeds.set(kindKey(kind), this.#feedOf(kind, byNeed.has(kindKey(kind))));
    this.#byNeed = [...this.#feeds.values()].filter((feed) => feed instanceof ByNeedFeed);
    this.#discovery = new KindDiscovery({
      client: options.client,
      clock,
      kinds: options.kinds,
      chosen: (kind, version) => this.#feeds.get(kindKey(kind))?.choose(version),
      trouble: (problem) => this.#tell("the list of kinds", problem),
    });
    this.#definitions = this.#watchDefinitions();
  }

  async start(deliver: (batch: SourceBatch) => void): Promise<void> {
    const complete = new Promise<void>((resolve) => {
      this.#whenComplete = resolve;
    });
    this.#deliver = deliver;
    this.#definitions.start();
    void this.#discovery.start().then(() => this.#schedule());
    await complete;
  }

  async close(): Promise<void> {
    this.#deliver = undefined;
    this.#whenComplete?.();
    const feeds = [...this.#feeds.values()].map((feed) => feed.close());
    await Promise.all([this.#discovery.stop(), this.#definitions.stop(), ...feeds]);
  }

  want(owner: string, objects: readonly ObjectRef[]): void {
    if (this.#needs.set(`want/${owner}`, objects)) this.#needsChange();
  }

  current(object: ObjectRef): CurrentState | undefined {
    const reading = this.#known.get(objectKey(object));
    return reading === undefined ? undefined : { resourceVersion: reading.resourceVersion, status: reading.status };
  }

  onStatus(listener: (object: ObjectRef) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  freshness(): readonly KindFreshness[] {
    return [...this.#feeds.values()].map(freshnessOf);
  }

  #feedOf(kind: WatchedKind, isByNeed: boolean): Feed {
    const { namespaces = [], labelSelector } = this.#options;
    if (isByNeed) return new ByNeedFeed(this.#room, kind, kindKey(kind) === kindKey(SECRET) ? NO_RELEASES : {});
    const isSelected = kind.namespaced && !NOT_SELECTED.has(kindKey(kind));
    return new KindFeed(this.#room, { kind, namespaces, labelSelector: isSelected ? labelSelector : undefined });
  }

  /** Definitions of kinds that come, change and go: nothing is kept of them but the sign to look which kinds there are. */
  #watchDefinitions(): Reflector<undefined> {
    const look = (): void => this.#discovery.lookSoon();
    let isFirst = true;
    const reflector: Reflector<undefined> = new Reflector({
      client: this.#options.client,
      clock: this.#room.clock,
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      metadataOnly: true,
      read: () => undefined,
      replaced: () => {
        if (!isFirst) look();
        isFirst = false;
      },
      applied: look,
      deleted: look,
      trouble: (problem) => {
        // Looking now and then, which is done in any case, has to do.
        if (problem?.status === FORBIDDEN || problem?.status === NOT_FOUND) void reflector.stop();
      },
    });
    return reflector;
  }

  #noteReferences(key: string, object: SourceObject | undefined): void {
    const { referencesOf, namespaces = [] } = this.#options;
    const all = object === undefined ? [] : referencesOf(object);
    const refs = namespaces.length === 0 ? all : all.filter(({ namespace }) => namespaces.includes(namespace));
    if (this.#needs.set(key, refs)) this.#needsChange();
  }

  #needsChange(): void {
    this.#needsChanged = true;
    this.#schedule();
  }

  #trouble(what: string, problem: ReflectorProblem | undefined): void {
    if (problem?.status === NOT_FOUND) this.#discovery.lookSoon();
    this.#tell(what, problem?.message);
  }

  #tell(what: string, problem: string | undefined): void {
    if (this.#problems.get(what) === problem) return;
    if (problem === undefined) this.#problems.delete(what);
    else this.#problems.set(what, problem);
    this.#options.onTrouble?.({ what, problem });
  }

  /**
   * In the next turn of the event loop, so that what arrived in one read, of several kinds even, is delivered in one batch: a burst of
   * changes is then one transaction, and a single change waits for nothing but what has arrived already.
   */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#proceed();
    });
  }

  #proceed(): void {
    if (this.#deliver === undefined) return;
    if (this.#needsChanged) {
      this.#needsChanged = false;
      for (const feed of this.#byNeed) feed.want(this.#needs.of(feed.kind.group, feed.kind.kind));
    }
    const isComplete = [...this.#feeds.values()].every((feed) => feed.isSynced);
    // Before everything is there, nothing is right: routes would be judged without their Gateways.
    if (this.#whenComplete !== undefined && !isComplete) return;
    const { changes, statuses } = this.#known.takeNews();
    if (changes.length > 0) this.#deliver({ changes, diagnostics: new Map() });
    for (const ref of statuses) for (const listener of this.#listeners) listener(ref);
    // The receiver may have asked for more while it took the batch; that is part of the start too.
    if (this.#whenComplete === undefined || this.#needsChanged) return;
    this.#whenComplete();
    this.#whenComplete = undefined;
  }
}

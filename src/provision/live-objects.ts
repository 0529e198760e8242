import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Clock } from "../kubernetes/clock.ts";
import { Reflector } from "../kubernetes/reflector.ts";
import { textAt } from "../model/json.ts";
import type { JsonObject } from "../model/source-object.ts";
import { collectionPath, identityOf, type ProvisionedKind, provisionedKinds } from "./kubernetes-object.ts";
import { gatewayNameLabel, labelValue, managedByLabel } from "./names.ts";
import type { ServiceLookup } from "./planned-services.ts";

export interface LiveObjectsOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Told when a kind cannot be watched, and undefined when it can be again. */
  readonly onTrouble: (kind: string, problem: string | undefined) => void;
}

const FORBIDDEN = 403;
const labelSelector = `${managedByLabel}=weir,${gatewayNameLabel}`;

/**
 * What exists of what Weir makes, kept up to date by one watch for each kind, on every replica: whoever leads next knows it already, and all of them read the
 * same addresses.
 */
export class LiveObjects {
  readonly #objects = new Map<string, JsonObject>();
  readonly #byGateway = new Map<string, Set<string>>();
  readonly #listeners = new Set<(gateway: string) => void>();
  readonly #reflectors: readonly Reflector<JsonObject>[];
  readonly #listed: Promise<unknown>;

  constructor(options: LiveObjectsOptions) {
    const followed = provisionedKinds.map((kind) => this.#follow(kind, options));
    this.#reflectors = followed.map(({ reflector }) => reflector);
    this.#listed = Promise.all(followed.map(({ listed }) => listed));
  }

  /** Resolves once every kind has been listed, but for those that Weir may not read: what is made of them is told by whoever tries. */
  async start(): Promise<void> {
    for (const reflector of this.#reflectors) reflector.start();
    await this.#listed;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }

  get(identity: string): JsonObject | undefined {
    return this.#objects.get(identity);
  }

  /** The Services of a namespace, by name. */
  servicesIn(namespace: string): ServiceLookup {
    return (name) => this.get(`Service/${namespace}/${name}`);
  }

  /** All objects of a gateway, given by its label. */
  of(label: string): JsonObject[] {
    const members = [...(this.#byGateway.get(label) ?? [])].map((identity) => this.#objects.get(identity));
    return members.filter((object) => object !== undefined);
  }

  /** The labels of all gateways of which something exists. */
  labels(): Iterable<string> {
    return this.#byGateway.keys();
  }

  /** Calls `listener` with the label of each gateway whose objects changed. Returns the function that ends it. */
  subscribe(listener: (label: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What the server answered to a write, which the watch tells too. Where that was faster, what it told may be newer than the answer: then it stays.
   * @param before what was known of the object when the write was sent.
   */
  written(object: JsonObject, before: JsonObject | undefined): void {
    if (this.#objects.get(identityOf(object)) === before) this.#set(object);
  }

  #follow(
    kind: ProvisionedKind,
    { client, clock, onTrouble }: LiveObjectsOptions,
  ): { readonly reflector: Reflector<JsonObject>; readonly listed: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const reflector = new Reflector<JsonObject>({
      client,
      clock,
      path: collectionPath(kind),
      query: { labelSelector },
      read: (object) => ({ ...object, apiVersion: kind.apiVersion, kind: kind.kind }),
      replaced: (objects) => {
        this.#replace(kind, objects);
        resolve();
      },
      applied: (object) => this.#set(object),
      deleted: (object) => this.#delete(object),
      trouble: (problem) => {
        onTrouble(kind.kind, problem?.message);
        if (problem?.status === FORBIDDEN) resolve();
      },
    });
    return { reflector, listed: promise };
  }

  #replace(kind: ProvisionedKind, objects: readonly JsonObject[]): void {
    const found = new Set(objects.map(identityOf));
    for (const object of objects) this.#set(object);
    for (const [identity, object] of this.#objects) {
      if (object.kind === kind.kind && !found.has(identity)) this.#delete(object);
    }
  }

  #set(object: JsonObject): void {
    const identity = identityOf(object);
    const before = this.#objects.get(identity);
    if (before !== undefined && versionOf(before) === versionOf(object)) return;
    this.#objects.set(identity, object);
    const label = labelOfObject(object);
    const members = this.#byGateway.get(label) ?? new Set();
    this.#byGateway.set(label, members.add(identity));
    this.#tell(label);
  }

  #delete(object: JsonObject): void {
    const identity = identityOf(object);
    const label = labelOfObject(this.#objects.get(identity) ?? object);
    if (!this.#objects.delete(identity)) return;
    const members = this.#byGateway.get(label);
    members?.delete(identity);
    if (members?.size === 0) this.#byGateway.delete(label);
    this.#tell(label);
  }

  #tell(label: string): void {
    for (const listener of this.#listeners) listener(label);
  }
}

/** `namespace/label`: how the objects of a gateway (`namespace/name`) are found. */
export function labelOf(gateway: string): string {
  const [namespace = "", name = ""] = gateway.split("/");
  return `${namespace}/${labelValue(name)}`;
}

/** The same of the gateway that an object says it belongs to. */
function labelOfObject(object: JsonObject): string {
  return `${textAt(object, "metadata", "namespace") ?? ""}/${textAt(object, "metadata", "labels", gatewayNameLabel) ?? ""}`;
}

function versionOf(object: JsonObject): string | undefined {
  return textAt(object, "metadata", "resourceVersion");
}

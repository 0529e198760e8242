import { Backoff } from "../kubernetes/backoff.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import { type Clock, pause } from "../kubernetes/clock.ts";
import { isObject, listAt, numberAt, objectAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { collectionPath, identityOf, type ProvisionedKind, provisionedKinds } from "./kubernetes-object.ts";
import { gatewayNameLabel, managedByLabel } from "./names.ts";

export interface LiveObjectsOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** A gateway, as `namespace/label`, whose objects changed. */
  readonly onChange: (gateway: string) => void;
  readonly onTrouble: (kind: string, problem: string) => void;
}

const labelSelector = `${managedByLabel}=weir,${gatewayNameLabel}`;

/** What exists of what Weir makes, kept up to date by one watch for each kind. */
export class LiveObjects {
  readonly #options: LiveObjectsOptions;
  readonly #objects = new Map<string, JsonObject>();
  readonly #byGateway = new Map<string, Set<string>>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LiveObjectsOptions) {
    this.#options = options;
  }

  /** Resolves once every kind has been listed. */
  async start(): Promise<void> {
    const listed: Promise<void>[] = [];
    const loops = provisionedKinds.map((kind) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      listed.push(promise);
      return this.#follow(kind, resolve);
    });
    this.#running = Promise.all(loops);
    await Promise.all(listed);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get(identity: string): JsonObject | undefined {
    return this.#objects.get(identity);
  }

  /** All objects of a gateway. */
  of(gateway: string): JsonObject[] {
    const members = [...(this.#byGateway.get(gateway) ?? [])].map((identity) => this.#objects.get(identity));
    return members.filter((object) => object !== undefined);
  }

  gateways(): Iterable<string> {
    return this.#byGateway.keys();
  }

  /** What the server answered to a write, which the watch tells later. */
  written(object: JsonObject): void {
    this.#set(object);
  }

  async #follow(kind: ProvisionedKind, listed: () => void): Promise<void> {
    const { client, clock, onTrouble } = this.#options;
    const { signal } = this.#stop;
    const backoff = new Backoff(clock);
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list(client, kind);
        listed();
        version = await this.#watch(client, kind, version, () => backoff.reset());
      } catch (error) {
        if (signal.aborted) break;
        onTrouble(kind.kind, error instanceof Error ? error.message : String(error));
      }
      if (!signal.aborted) await pause(clock, backoff.next(), signal);
    }
    listed();
  }

  async #list(client: KubernetesClient, kind: ProvisionedKind): Promise<string> {
    const { signal } = this.#stop;
    const path = collectionPath(kind);
    const { status, body } = await client.request({ method: "GET", path, query: { labelSelector }, signal });
    if (status !== 200) throw new Error(`cannot be listed: ${messageOf(body, status)}`);
    const found = new Set<string>();
    for (const item of listAt(body, "items")) {
      if (!isObject(item)) continue;
      const object = { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
      found.add(identityOf(object));
      this.#set(object);
    }
    for (const [identity, object] of this.#objects) {
      if (object.kind === kind.kind && !found.has(identity)) this.#delete(object);
    }
    return textAt(body, "metadata", "resourceVersion") ?? "";
  }

  /** Returns the version to go on from; undefined where everything is to be listed again. */
  async #watch(
    client: KubernetesClient,
    kind: ProvisionedKind,
    from: string,
    onEvent: () => void,
  ): Promise<string | undefined> {
    const { signal } = this.#stop;
    const query = { labelSelector, watch: "true", allowWatchBookmarks: "true", resourceVersion: from };
    const { status, lines } = await client.stream({ method: "GET", path: collectionPath(kind), query, signal });
    let version = from;
    for await (const event of lines) {
      const type = textAt(event, "type");
      const object = objectAt(event, "object");
      if (status !== 200 || type === "ERROR") {
        if (status === 410 || numberAt(object, "code") === 410) return undefined;
        throw new Error(`cannot be watched: ${messageOf(type === "ERROR" ? object : event, status)}`);
      }
      onEvent();
      version = textAt(object, "metadata", "resourceVersion") ?? version;
      if (type === "DELETED") this.#delete(object);
      else if (type !== "BOOKMARK") this.#set(object);
    }
    return version;
  }

  #set(object: JsonObject): void {
    const identity = identityOf(object);
    const before = this.#objects.get(identity);
    if (before !== undefined && versionOf(before) === versionOf(object)) return;
    this.#objects.set(identity, object);
    const gateway = gatewayOf(object);
    const members = this.#byGateway.get(gateway) ?? new Set();
    this.#byGateway.set(gateway, members.add(identity));
    this.#options.onChange(gateway);
  }

  #delete(object: JsonObject): void {
    const identity = identityOf(object);
    const gateway = gatewayOf(this.#objects.get(identity) ?? object);
    if (!this.#objects.delete(identity)) return;
    const members = this.#byGateway.get(gateway);
    members?.delete(identity);
    if (members?.size === 0) this.#byGateway.delete(gateway);
    this.#options.onChange(gateway);
  }
}

/** `namespace/label`: the gateway that an object says it belongs to. */
function gatewayOf(object: JsonObject): string {
  return `${textAt(object, "metadata", "namespace") ?? ""}/${textAt(object, "metadata", "labels", gatewayNameLabel) ?? ""}`;
}

function versionOf(object: JsonObject): string | undefined {
  return textAt(object, "metadata", "resourceVersion");
}

/** What an API server's answer says went wrong. */
export function messageOf(body: Json, status: number): string {
  return textAt(body, "message") ?? `the API server answers ${status}`;
}

import { join } from "node:path";
import { loadConfiguration } from "../../src/config/load.ts";
import { dialectOptions } from "../../src/control-plane/dialect-options.ts";
import { createPipeline, type Pipeline } from "../../src/control-plane/pipeline.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import type { EnvoyBinary } from "../../src/dataplane/envoy-install.ts";
import { EnvoySupervisor } from "../../src/dataplane/supervise.ts";
import { groupOf, objectKey, type SourceObject } from "../../src/model/source-object.ts";
import { Envelopes } from "../../src/serve/wire/envelope.ts";
import { ResourceFrames } from "../../src/serve/wire/resource-frames.ts";
import { defaultEncodeOptions } from "../../src/xds/options.ts";
import { type PlanChange, type ResourceType, typeUrls } from "../../src/xds/resource.ts";
import { BareServer, type PreparedMessage, sendingOrder } from "./bare-server.ts";
import type { KubernetesObject } from "./objects.ts";

/** Envoy's own cost of a change: the same changes as bytes that were made beforehand, from a server that does nothing else. */
export class Floor {
  readonly #pipeline: Pipeline;
  readonly #server = new BareServer();
  readonly #envelopes = new Envelopes("floor");
  readonly #frames = new ResourceFrames();
  readonly #envoy: EnvoySupervisor;
  readonly #socket: string;
  readonly #changes: PlanChange[] = [];
  #nonce = 0;

  private constructor(pipeline: Pipeline, envoy: EnvoySupervisor, socket: string) {
    this.#pipeline = pipeline;
    this.#envoy = envoy;
    this.#socket = socket;
    pipeline.encoded.planSource.subscribe((changes) => this.#changes.push(...changes));
    pipeline.encoded.planSource.release();
  }

  /** @param ports the ports of listeners as written → those this Envoy binds. */
  static async create(folder: string, binary: EnvoyBinary, ports: ReadonlyMap<number, number>): Promise<Floor> {
    const { configuration } = await loadConfiguration({
      environment: { HOME: folder },
      workingDirectory: folder,
      flags: new Map([["access-log-format", "off"]]),
      development: false,
    });
    const pipeline = createPipeline({
      sourceOrder: ["bench"],
      dialects: { ...dialectOptions(configuration, "shared"), portMap: ports },
      encode: { ...defaultEncodeOptions, knownClasses: [SHARED_CLASS] },
      now: () => new Date(),
      onError: (collection, key, error) => {
        throw new Error(`${collection} ${key}`, { cause: error });
      },
    });
    const socket = join(folder, "floor.sock");
    const envoy = new EnvoySupervisor({
      envoy: binary,
      bootstrap: {
        node: { id: "gateway/floor/1", cluster: SHARED_CLASS },
        controlPlane: { kind: "unix", path: socket },
        admin: { kind: "unix", path: join(folder, "floor-admin.sock") },
      },
      folder: join(folder, "floor-envoy"),
      lifetime: "with-weir",
      concurrency: 1,
    });
    return new Floor(pipeline, envoy, socket);
  }

  get envoyPid(): number | undefined {
    return this.#envoy.pid;
  }

  get refusals(): readonly string[] {
    return this.#server.refusals;
  }

  /** Starts Envoy and gives it everything that is there. */
  async start(initial: Iterable<KubernetesObject>): Promise<void> {
    const messages = this.prepare(initial);
    await this.#server.listen(this.#socket);
    await this.#envoy.start();
    await this.#server.connected();
    await this.play(messages);
    await this.#envoy.waitReady();
  }

  /** The messages that take Envoy from what it has to what it has with these objects too; nothing is sent yet. */
  prepare(objects: Iterable<KubernetesObject>): readonly PreparedMessage[] {
    const changes = [...objects].map((object) => ({ key: keyOf(object), object: sourceObject(object) }));
    this.#changes.length = 0;
    this.#pipeline.intake.apply("bench", { changes, diagnostics: new Map() });
    const names = new Map<ResourceType, Set<string>>();
    for (const { changed } of this.#changes) {
      for (const [type, list] of changed) names.set(type, (names.get(type) ?? new Set()).union(list));
    }
    return sendingOrder.flatMap((type) => this.#message(type, names.get(type) ?? new Set()));
  }

  /**
   * Sends what was prepared, each message after the one before it was acknowledged; endpoints follow their clusters at once, because Envoy acknowledges
   * clusters only when they have warmed.
   */
  async play(messages: readonly PreparedMessage[]): Promise<void> {
    let clusters: Promise<void> = Promise.resolve();
    for (const message of messages) {
      if (message.type === "cluster") clusters = this.#server.send(message);
      else await Promise.all([clusters, this.#server.send(message)]);
    }
    await clusters;
  }

  async close(): Promise<void> {
    await this.#envoy.stop();
    await this.#server.close();
  }

  #message(type: ResourceType, names: ReadonlySet<string>): PreparedMessage[] {
    const plan = this.#pipeline.encoded.planSource.plan(SHARED_CLASS);
    const resources = [...names].map((name) => plan?.get(type, name)).filter((resource) => resource !== undefined);
    if (resources.length === 0) return [];
    const frames = resources.map((resource) => this.#frames.delta(resource));
    const nonce = String(++this.#nonce);
    return [{ type, nonce, pieces: this.#envelopes.delta(typeUrls[type], nonce, "floor", frames, []) }];
  }
}

function keyOf(object: KubernetesObject): string {
  return objectKey({
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    scope: "",
  });
}

function sourceObject(object: KubernetesObject): SourceObject {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    scope: "",
    uid: "",
    generation: 1,
    creationTimestamp: "",
    labels: object.metadata.labels ?? {},
    annotations: {},
    body: JSON.parse(JSON.stringify(object)),
    source: "bench",
  };
}

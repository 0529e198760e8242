import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from "../../src/envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "../../src/serve/grpc/frame.ts";
import { type ResourceType, typeUrls } from "../../src/xds/resource.ts";

const deltaPath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const wildcard: readonly ResourceType[] = ["cluster", "listener"];

/** Told of each response: its type, how many resources it held, and when it was complete. */
export type OnResponse = (type: ResourceType, resources: number, at: number) => void;

/**
 * What Envoy is to a control plane, without the proxying: subscribes to everything it learns of over delta xDS, keeps names and versions, acknowledges. After
 * `disconnect` it can connect again and then says what it has, as Envoy does.
 */
export class LightProxy {
  readonly #node: string;
  readonly #routeTables: readonly string[];
  readonly #have = new Map<ResourceType, Map<string, string>>();
  readonly #greeted = new Set<ResourceType>();
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  onResponse: OnResponse = () => {};

  /** @param routeTables names of the route tables that the listeners refer to. */
  constructor(node: string, routeTables: readonly string[]) {
    this.#node = node;
    this.#routeTables = routeTables;
  }

  async connect(socketPath: string): Promise<void> {
    this.#greeted.clear();
    const session = await openSession(socketPath);
    this.#session = session;
    session.setLocalWindowSize(64 * 1024 * 1024);
    session.on("error", () => undefined);
    const stream = session.request({
      ":method": "POST",
      ":path": deltaPath,
      "content-type": "application/grpc",
      te: "trailers",
    });
    this.#stream = stream;
    stream.on("error", () => undefined);
    const reader = new FrameReader(1 << 30);
    stream.on("data", (chunk: Buffer) => {
      const fed = reader.feed(chunk);
      if (fed.kind === "error") throw new Error(fed.status.message);
      for (const message of fed.messages) this.#receive(fromBinary(DeltaDiscoveryResponseSchema, message));
    });
    for (const type of wildcard) this.#request(type, {});
    const tables = this.#have.get("route");
    if (tables !== undefined) this.#request("route", { resourceNamesSubscribe: [...tables.keys()] });
    const endpoints = this.#have.get("endpoint");
    if (endpoints !== undefined) this.#request("endpoint", { resourceNamesSubscribe: [...endpoints.keys()] });
  }

  count(type: ResourceType): number {
    return this.#have.get(type)?.size ?? 0;
  }

  disconnect(): void {
    this.#session?.destroy();
  }

  #receive(response: DeltaDiscoveryResponse): void {
    const type = typeOf(response.typeUrl);
    if (type === undefined) return;
    const names = this.#have.get(type) ?? new Map<string, string>();
    this.#have.set(type, names);
    const fresh = response.resources.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    for (const { name, version } of response.resources) names.set(name, version);
    for (const name of response.removedResources) names.delete(name);
    this.#request(type, { responseNonce: response.nonce });
    this.onResponse(type, response.resources.length, performance.now());
    if (type === "cluster" && fresh.length > 0) this.#request("endpoint", { resourceNamesSubscribe: fresh });
    if (type === "listener" && fresh.length > 0)
      this.#request("route", { resourceNamesSubscribe: [...this.#routeTables] });
  }

  #request(
    type: ResourceType,
    fields: { readonly resourceNamesSubscribe?: string[]; readonly responseNonce?: string },
  ): void {
    const first =
      this.#greeted.size === 0 ? { node: { id: this.#node, cluster: SHARED_CLASS, userAgentName: "light" } } : {};
    const isGreeting = !this.#greeted.has(type);
    this.#greeted.add(type);
    const known = isGreeting ? { initialResourceVersions: Object.fromEntries(this.#have.get(type) ?? []) } : {};
    const message = toBinary(
      DeltaDiscoveryRequestSchema,
      create(DeltaDiscoveryRequestSchema, { ...first, ...known, ...fields, typeUrl: typeUrls[type] }),
    );
    const header = Buffer.alloc(frameHeaderBytes);
    writeFrameHeader(header, message.length);
    this.#stream?.write(Buffer.concat([header, message]));
  }
}

function typeOf(typeUrl: string): ResourceType | undefined {
  for (const type of ["cluster", "endpoint", "secret", "extension", "listener", "route"] as const) {
    if (typeUrls[type] === typeUrl) return type;
  }
  return undefined;
}

/** Connects, and again while the server has more connections waiting than it can queue, as Envoy would. */
async function openSession(socketPath: string): Promise<ClientHttp2Session> {
  for (let tries = 0; ; tries++) {
    const session = connect("http://localhost", {
      createConnection: () => connectSocket(socketPath),
      settings: { initialWindowSize: 16 * 1024 * 1024 },
    });
    const problem = await new Promise<Error | undefined>((resolve) => {
      session.once("connect", () => resolve(undefined));
      session.once("error", resolve);
    });
    if (problem === undefined) return session;
    if (tries > 1000) throw problem;
    await wait(10);
  }
}

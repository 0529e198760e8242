import { fromBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "../../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { typeUrls } from "../../xds/resource.ts";
import { hostsOf } from "../../xds/routes/host-block.ts";
import { servedType } from "../registry.ts";
import type { Variant } from "../stream/variant.ts";
import { ModelClient } from "./model-client.ts";
import { type HeldResource, parseResource } from "./model-resource.ts";
import { type QueueCall, StreamHarness } from "./stream-harness.ts";
import { TestPlans } from "./test-plans.ts";
import { proxyClass, resourcesOf, type Step, type World } from "./world.ts";

/** A server's stream, a client, the messages between them, and the complaints of either. */
export class Exchange {
  readonly plans = new TestPlans();
  readonly harness = new StreamHarness(this.plans);
  readonly complaints: string[] = [];
  readonly client: ModelClient;
  readonly #variant: Variant["name"];
  #world: World = {
    hosts: new Map(),
    clusterContent: new Map(),
    endpointContent: new Map(),
    heads: new Map(),
    listeners: new Map(),
  };
  #call: QueueCall;
  #toServer: Uint8Array[] = [];
  /** Nonces of responses that the server has not heard about, by type. */
  #unanswered = new Map<string, string>();
  #written = 0;
  readonly #hostsSent = new Map<string, ReadonlySet<string>>();
  /** Once something was refused, what was sent is not what the client has. */
  #refusesSome = false;
  /** Refused content that the plan still holds, with the name of its resource. */
  readonly #parked = new Map<string, string>();

  constructor(variant: Variant["name"]) {
    this.#variant = variant;
    this.client = new ModelClient({
      variant,
      refuses: whatIsBad,
      complain: (text) => this.complaints.push(text),
      send: (message) => this.#toServer.push(message),
    });
    this.harness.registry.subscribe({
      forcedRelease: (_proxy, { missing }) => {
        for (const { name } of missing) this.client.excused.add(name);
      },
      refused: (_proxy, { type, culprits }) => {
        this.#refusesSome = true;
        const wanted = this.#contents();
        for (const { resource, host, version } of culprits) {
          const key = JSON.stringify([type, resource, host, version]);
          if (wanted.has(key)) this.#parked.set(key, resource);
        }
      },
    });
    this.#call = this.harness.open(variant).call;
    this.client.connect();
  }

  step(step: Step): void {
    switch (step.kind) {
      case "host":
        this.#edit({ hosts: new Map(this.#world.hosts).set(step.name, step) });
        break;
      case "drop-host":
        this.#edit({ hosts: without(this.#world.hosts, step.name) });
        break;
      case "drop-listener":
        this.#edit({ listeners: without(this.#world.listeners, step.name) });
        break;
      case "cluster":
        this.#edit({ clusterContent: new Map(this.#world.clusterContent).set(step.name, step.content) });
        break;
      case "endpoint":
        this.#edit({ endpointContent: new Map(this.#world.endpointContent).set(step.name, step.content) });
        break;
      case "head":
        this.#edit({ heads: new Map(this.#world.heads).set(step.name, step.content) });
        break;
      case "listener":
        this.#edit({ listeners: new Map(this.#world.listeners).set(step.name, step) });
        break;
      case "to-server":
        for (let count = 0; count < step.count; count++) this.#deliverToServer();
        break;
      case "to-client":
        for (let count = 0; count < step.count; count++) this.#deliverToClient();
        break;
      case "wait":
        this.harness.clock.advance(step.ms);
        this.#check();
        break;
      case "block":
        this.#call.blocked = true;
        break;
      case "unblock":
        this.#call.unblock();
        this.#check();
        break;
      case "reconnect":
        this.#reconnect();
        break;
    }
  }

  /** Lets everything happen that is under way. */
  settle(): void {
    this.#call.unblock();
    for (let round = 0; round < 2_000; round++) {
      this.#check();
      if (this.#deliverToServer() || this.#deliverToClient()) continue;
      const { next } = this.harness.clock;
      if (next === undefined) return;
      this.harness.clock.advance(next - this.harness.clock.now());
    }
    this.complaints.push("the exchange does not come to rest");
  }

  get world(): World {
    return this.#world;
  }

  #edit(change: Partial<World>): void {
    const before = this.#contents();
    this.#world = { ...this.#world, ...change };
    // What the server parked is forgotten with the content it was parked for; it may be refused anew.
    this.plans.replace(proxyClass, resourcesOf(this.#world));
    const after = this.#contents();
    for (const key of this.#parked.keys()) if (before.has(key) && !after.has(key)) this.#parked.delete(key);
    this.#check();
  }

  #contents(): ReadonlySet<string> {
    const contents = new Set<string>();
    for (const resource of resourcesOf(this.#world)) {
      contents.add(JSON.stringify([resource.type, resource.name, undefined, resource.version]));
      if (resource.kind !== "table") continue;
      for (const { name, version } of hostsOf(resource)) {
        contents.add(JSON.stringify([resource.type, resource.name, name, version]));
      }
    }
    return contents;
  }

  #deliverToServer(): boolean {
    const message = this.#toServer.shift();
    if (message === undefined) return false;
    if (this.#variant === "delta") {
      const { typeUrl, responseNonce, resourceNamesUnsubscribe } = fromBinary(DeltaDiscoveryRequestSchema, message);
      this.#answered(typeUrl, responseNonce);
      // What a client gives up and asks for again, it gets again.
      for (const [key, name] of this.#parked) if (resourceNamesUnsubscribe.includes(name)) this.#parked.delete(key);
    } else {
      const { typeUrl, responseNonce } = fromBinary(DiscoveryRequestSchema, message);
      this.#answered(typeUrl, responseNonce);
    }
    this.#call.deliver(message);
    this.#check();
    return true;
  }

  #answered(typeUrl: string, nonce: string): void {
    if (this.#unanswered.get(typeUrl) === nonce) this.#unanswered.delete(typeUrl);
  }

  #deliverToClient(): boolean {
    const message = this.#call.toClient.shift();
    if (message === undefined) return false;
    this.#written--;
    this.client.receive(message);
    return true;
  }

  #reconnect(): void {
    this.#call.end({ code: "unavailable", message: "test" });
    this.#toServer = [];
    this.#unanswered = new Map();
    this.#written = 0;
    this.#parked.clear();
    this.#call = this.harness.open(this.#variant).call;
    this.client.connect();
  }

  /** Looks at what the server has written since the last look. */
  #check(): void {
    for (const message of this.#call.toClient.slice(this.#written)) {
      const { typeUrl, nonce } =
        this.#variant === "delta"
          ? fromBinary(DeltaDiscoveryResponseSchema, message)
          : fromBinary(DiscoveryResponseSchema, message);
      if (this.#unanswered.has(typeUrl)) this.complaints.push(`two ${typeUrl} responses are on their way`);
      this.#unanswered.set(typeUrl, nonce);
      if (typeUrl === typeUrls.route) this.#checkHosts(message);
      if (this.#variant === "delta") this.#checkParked(message);
    }
    this.#written = this.#call.toClient.length;
  }

  /** A host that the client was sent stays in every later table for as long as the plan has it, ready or not. */
  #checkHosts(message: Uint8Array): void {
    const tables =
      this.#variant === "delta"
        ? fromBinary(DeltaDiscoveryResponseSchema, message).resources.map(({ resource }) => resource)
        : fromBinary(DiscoveryResponseSchema, message).resources;
    for (const any of tables) {
      const { name, hosts } = parseResource("route", "", any);
      const sent = new Set(hosts.map((host) => host.name));
      for (const host of this.#hostsSent.get(name) ?? []) {
        const isWanted = this.#world.hosts.get(host)?.table === name;
        if (isWanted && !sent.has(host) && !this.#refusesSome)
          this.complaints.push(`host ${host} vanished from ${name}`);
      }
      this.#hostsSent.set(name, sent);
    }
  }

  #checkParked(message: Uint8Array): void {
    const response = fromBinary(DeltaDiscoveryResponseSchema, message);
    const type = servedType(response.typeUrl);
    for (const { name, version } of response.resources) {
      if (this.#parked.has(JSON.stringify([type, name, undefined, version]))) {
        this.complaints.push(`${type} ${name} was sent again at a version that was refused`);
      }
    }
  }
}

function whatIsBad(resource: HeldResource): string | undefined {
  if (resource.content.startsWith("bad")) return "something is wrong";
  const host = resource.hosts.find(({ content }) => content.startsWith("bad"));
  if (host === undefined) return undefined;
  return host.content === "bad1" ? "a route is wrong" : `virtual host ${host.name} is wrong`;
}

function without<Value>(map: ReadonlyMap<string, Value>, name: string): ReadonlyMap<string, Value> {
  const copy = new Map(map);
  copy.delete(name);
  return copy;
}

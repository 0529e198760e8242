import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import type { ResourceType, ServedResource } from "../xds/resource.ts";
import { servedType } from "./registry.ts";
import type { Variant } from "./stream/variant.ts";
import { ModelClient } from "./testing/model-client.ts";
import type { HeldResource } from "./testing/model-resource.ts";
import { type QueueCall, StreamHarness } from "./testing/stream-harness.ts";
import { TestPlans, table, virtualHost, whole } from "./testing/test-plans.ts";

const proxyClass = "default/web";

/** A small network from which a consistent plan follows: everything a host names is in it. */
interface World {
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
function resourcesOf(world: World): ServedResource[] {
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

type Step =
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

function steps(faults: { readonly bad: boolean; readonly reconnects: boolean }): fc.Arbitrary<Step[]> {
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

/** One run: a server's stream, a client, the messages between them, and the complaints of either. */
class Run {
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
      for (const { name, version } of resource.virtualHosts) {
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
      if (this.#variant === "delta") this.#checkParked(message);
    }
    this.#written = this.#call.toClient.length;
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

/** More in a longer run. */
const runs = Number(process.env.WEIR_PROPERTY_RUNS ?? 300);

const variants = ["delta", "state-of-the-world"] as const;

/** What the client should have in the end, where it refuses nothing. */
function expectEqual(run: Run): void {
  const plan = run.plans.plan(proxyClass);
  const compare = (type: ResourceType, names: Iterable<string>) => {
    for (const name of names) {
      const want = plan?.get(type, name);
      const text =
        want === undefined
          ? undefined
          : want.kind === "whole"
            ? Buffer.from(want.bytes).toString()
            : Buffer.concat([want.head, ...want.virtualHosts.map(({ bytes }) => bytes)]).toString();
      assert.equal(run.client.applied(type).get(name)?.text, text, `${type} ${name}`);
    }
  };
  const all = (type: ResourceType) => new Set([...(plan?.names(type) ?? []), ...run.client.applied(type).keys()]);
  compare("cluster", all("cluster"));
  compare("listener", all("listener"));
  const tables = new Set([...run.world.listeners.values()].flatMap(({ tables: names }) => names));
  compare("route", tables);
  compare(
    "endpoint",
    [...all("cluster")].filter((name) => name !== "c4").map((name) => `e-${name}`),
  );
}

for (const variant of variants) {
  describe(`a ${variant} client`, () => {
    it("ends with the plan, whatever the order of edits, answers and reconnects, and never sees a wrong order", () => {
      fc.assert(
        fc.property(steps({ bad: false, reconnects: variant === "delta" }), (list) => {
          const run = new Run(variant);
          for (const step of list) run.step(step);
          run.settle();
          assert.deepEqual(run.complaints, []);
          if (run.plans.plan(proxyClass) === undefined) return;
          expectEqual(run);
          for (const [name, { warming }] of run.client.clusters) assert.equal(warming, undefined, `${name} warms`);
          const [proxy] = run.harness.registry.list();
          assert.equal(proxy?.synced(), true);
          assert.equal(proxy?.acknowledgedRevision(), run.plans.revision());
        }),
        { numRuns: runs },
      );
    });

    it("refuses what is bad and receives the rest all the same", () => {
      fc.assert(
        fc.property(steps({ bad: true, reconnects: false }), (list) => {
          const run = new Run(variant);
          for (const step of list) run.step(step);
          run.settle();
          assert.deepEqual(run.complaints, []);
          expectGood(run);
        }),
        { numRuns: runs },
      );
    });

    if (variant === "delta") {
      it("comes to rest and is never sent again what it refused, where it reconnects besides", () => {
        fc.assert(
          fc.property(steps({ bad: true, reconnects: true }), (list) => {
            const run = new Run(variant);
            for (const step of list) run.step(step);
            run.settle();
            // A client that applied a part of what it refused lists the versions from before when it reconnects: nobody can know then
            // what its routes name.
            const known = run.complaints.filter((text) => !text.includes("was removed while"));
            assert.deepEqual(known, []);
          }),
          { numRuns: runs },
        );
      });
    }
  });
}

/** Everything that is not bad itself has arrived; nothing bad has. */
function expectGood(run: Run): void {
  const plan = run.plans.plan(proxyClass);
  for (const type of ["cluster", "listener"] as const) {
    for (const name of plan?.names(type) ?? []) {
      const want = plan?.get(type, name);
      const have = run.client.applied(type).get(name);
      const text = want?.kind === "whole" ? Buffer.from(want.bytes).toString() : "";
      if (!text.includes('"content":"bad')) assert.equal(have?.text, text, `${type} ${name}`);
    }
  }
  const subscribed = new Set([...run.client.applied("listener").values()].flatMap(({ tables }) => tables));
  for (const name of subscribed) {
    const want = plan?.get("route", name);
    if (want?.kind !== "table") continue;
    const badHead = Buffer.from(want.head).toString().includes('"head":"bad');
    const have = run.client.applied("route").get(name);
    if (have === undefined) {
      assert.ok(badHead, `${name} did not arrive`);
      continue;
    }
    assert.ok(!have.content.startsWith("bad"));
    // The client may have applied the table from a response that it refused: the server cannot build on what it does not know.
    if (badHead) continue;
    const wanted = new Map(want.virtualHosts.map((host) => [host.name, Buffer.from(host.bytes).toString().trim()]));
    for (const host of have.hosts) assert.ok(wanted.has(host.name), `${host.name} was removed`);
    for (const [host, text] of wanted) {
      const got: string | undefined = have.hosts.find((held) => held.name === host)?.text;
      if (text.includes('"content":"bad')) assert.notEqual(got, text);
      else assert.equal(got, text, `${name} ${host}`);
    }
  }
}

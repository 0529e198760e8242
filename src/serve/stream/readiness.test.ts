import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { noRequirements, type Requirement } from "../../xds/requirements.ts";
import type { Requirements, ResourceType } from "../../xds/resource.ts";
import { DependencyCache } from "../table/dependency-cache.ts";
import { TableCache } from "../table/table-cache.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { TestPlans, table, virtualHost, whole } from "../testing/test-plans.ts";
import { Journal } from "./journal.ts";
import { Readiness } from "./readiness.ts";
import { Sequencer } from "./sequencer.ts";
import { type ClientState, sendingOrder } from "./type-state.ts";

const runs = Number(process.env.WEIR_PROPERTY_RUNS ?? 300);
const proxyClass = "test";
const clusterNames = ["c0", "c1", "c2"];
const endpointNames = ["e0", "e1"];

interface Named {
  readonly type: ResourceType;
  readonly name: string;
}

type Operation =
  | {
      readonly kind: "cluster";
      readonly name: string;
      readonly content: string;
      readonly endpoints: string | undefined;
      readonly secret: boolean;
    }
  | { readonly kind: "put"; readonly what: Named; readonly content: string }
  | { readonly kind: "host"; readonly content: string }
  | { readonly kind: "remove" | "ask" | "forget" | "retry"; readonly what: Named }
  | { readonly kind: "answer" | "refuse"; readonly type: ResourceType }
  | { readonly kind: "has"; readonly what: Named; readonly current: boolean }
  | { readonly kind: "wildcard"; readonly type: ResourceType; readonly wanted: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "look" };

const content = fc.constantFrom("1", "2");
const others: readonly Named[] = [
  ...endpointNames.map((name) => ({ type: "endpoint" as const, name })),
  { type: "secret", name: "s0" },
  { type: "extension", name: "x0" },
];
const what = fc.constantFrom(...clusterNames.map((name) => ({ type: "cluster" as const, name })), ...others);
const type = fc.constantFrom(...sendingOrder);

function operation<Kind extends Operation["kind"], Fields extends object>(
  kind: Kind,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
): fc.Arbitrary<{ readonly kind: Kind } & Fields> {
  return fc.record(fields).map((values) => ({ kind, ...values }));
}

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
    {
      weight: 4,
      arbitrary: operation("cluster", {
        name: fc.constantFrom(...clusterNames),
        content,
        endpoints: fc.constantFrom(undefined, ...endpointNames),
        secret: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: operation("put", { what: fc.constantFrom(...others), content }) },
    { weight: 1, arbitrary: operation("host", { content }) },
    { weight: 2, arbitrary: operation("remove", { what }) },
    { weight: 2, arbitrary: operation("ask", { what }) },
    { weight: 1, arbitrary: operation("forget", { what }) },
    { weight: 2, arbitrary: operation("retry", { what }) },
    { weight: 20, arbitrary: operation("answer", { type }) },
    { weight: 2, arbitrary: operation("refuse", { type }) },
    { weight: 2, arbitrary: operation("has", { what, current: fc.boolean() }) },
    { weight: 1, arbitrary: operation("wildcard", { type, wanted: fc.boolean() }) },
    { weight: 2, arbitrary: operation("wait", { ms: fc.constantFrom(10, 1_100) }) },
    { weight: 6, arbitrary: fc.constant({ kind: "look" } as const) },
  ),
  { maxLength: 150, size: "max" },
);

/** What hosts of a plan could require: each list alone, and some together. */
const lists: readonly Requirements[] = [
  ...clusterNames.map((name) => ({ ...noRequirements, clusters: [name] })),
  { ...noRequirements, clusters: ["c0", "c1"] },
  { ...noRequirements, secrets: ["s0"] },
  { ...noRequirements, extensions: ["x0"], clusters: ["c2"] },
];
const everything: Requirements = { ...noRequirements, parts: lists };

/** A sequencer whose client answers when told to. */
class Rig {
  readonly plans = new TestPlans();
  readonly tables = new TableCache();
  readonly clock = new ManualClock();
  readonly sequencer: Sequencer;

  constructor() {
    this.sequencer = new Sequencer({
      plans: this.plans,
      proxyClass,
      tables: this.tables,
      clock: this.clock,
      wire: { blocked: false, listsAll: () => false, canRemove: () => true, send: () => undefined },
      observer: {
        acknowledged: () => undefined,
        refused: () => undefined,
        forced: () => undefined,
        settled: () => undefined,
      },
      limits: { holdMs: 2_000, removalGraceMs: 1_000, responseBytes: 4_000 },
      owedEndpoints: new Set(),
    });
    this.plans.subscribe((changes) => {
      for (const { changed } of changes) this.sequencer.planChanged(changed);
    });
    this.#subscribe("cluster", [], []);
    this.#subscribe("listener", [], []);
    this.#subscribe("endpoint", endpointNames, []);
    this.#subscribe("secret", ["s0"], []);
    this.#subscribe("extension", ["x0"], []);
    this.#subscribe("route", ["t"], []);
    this.plans.replace(proxyClass, [whole("listener", "l", { content: "1", tables: ["t"] }), table("t", [])]);
  }

  do(operation: Operation): void {
    const { sequencer, plans } = this;
    switch (operation.kind) {
      case "cluster": {
        const { name, content: text, endpoints, secret } = operation;
        const requires = { secrets: secret ? ["s0"] : [] };
        const body = { content: text, requires, ...(endpoints === undefined ? {} : { endpoints }) };
        plans.edit(proxyClass, [whole("cluster", name, body)]);
        break;
      }
      case "put":
        plans.edit(proxyClass, [whole(operation.what.type, operation.what.name, operation)]);
        break;
      case "host": {
        const host = virtualHost({ name: "h", content: operation.content, clusters: ["c0"], extensions: ["x0"] });
        plans.edit(proxyClass, [table("t", [host])]);
        break;
      }
      case "remove":
        plans.edit(proxyClass, [], [operation.what]);
        break;
      case "answer":
      case "refuse": {
        const { outstanding } = sequencer.client[operation.type];
        if (outstanding === undefined) break;
        if (operation.kind === "answer") sequencer.acknowledge(operation.type, outstanding.nonce);
        else sequencer.refuse(operation.type, outstanding.nonce, "refused");
        sequencer.flush();
        break;
      }
      case "ask":
        this.#subscribe(operation.what.type, [operation.what.name], []);
        break;
      case "forget":
        this.#subscribe(operation.what.type, [], [operation.what.name]);
        break;
      case "wildcard":
        this.#subscribe(operation.type, operation.wanted ? ["*"] : [], operation.wanted ? [] : ["*"]);
        break;
      case "has": {
        const { type: held, name } = operation.what;
        const version = operation.current ? plans.plan(proxyClass)?.get(held, name)?.version : "old";
        sequencer.clientHas(held, [[name, version ?? "none"]]);
        sequencer.flush();
        break;
      }
      case "retry":
        sequencer.retryRefused(operation.what.type, new Set([operation.what.name]));
        break;
      case "wait":
        this.clock.advance(operation.ms);
        break;
      case "look":
        assert.deepEqual(
          this.#missing(sequencer.client, this.tables.dependencies),
          this.#missing({ ...sequencer.client, journal: new Journal() }, new DependencyCache()),
        );
    }
  }

  #missing(client: ClientState, dependencies: DependencyCache): ReadonlySet<string> {
    const plan = this.plans.plan(proxyClass);
    assert.ok(plan !== undefined);
    const missing = new Set<string>();
    new Readiness(client, plan, "route", dependencies).eachMissing(everything, ({ kind, name }) =>
      missing.add(`${kind} ${name}`),
    );
    return missing;
  }

  #subscribe(wanted: ResourceType, names: readonly string[], dropped: readonly string[]): void {
    const { subscription } = this.sequencer.client[wanted];
    this.sequencer.subscriptionChanged(wanted, subscription.update(names, dropped));
    this.sequencer.flush();
  }
}

describe("what a client is remembered to lack", () => {
  it("is what it lacks, whatever happened since", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const rig = new Rig();
        for (const operation of list) rig.do(operation);
        rig.do({ kind: "look" });
      }),
      { numRuns: runs },
    );
  });

  it("is asked about anew once too much has changed to be looked through", () => {
    const journal = new Journal();
    const [list = noRequirements] = lists;
    const missing: readonly Requirement[] = [{ kind: "cluster", name: "c0" }];
    journal.rememberMissing(list, missing);
    assert.deepEqual(journal.missingBefore(list), { missing, changedSince: [] });
    journal.note("a");
    assert.deepEqual(journal.missingBefore(list), { missing, changedSince: ["a"] });
    for (let count = 0; count < 1_000; count++) journal.note(`n${count}`);
    assert.equal(journal.missingBefore(list), undefined);
    journal.rememberMissing(list, []);
    journal.note("b");
    assert.deepEqual(journal.missingBefore(list), { missing: [], changedSince: ["b"] });
    journal.noteEverything();
    assert.equal(journal.missingBefore(list), undefined);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { applyPatch } from "../../src/api/patch/apply-patch.ts";
import { applyJsonPatch } from "../../src/api/patch/json-patch.ts";
import { parseJson } from "../../src/api/patch/json-value.ts";
import type { JsonObject } from "../../src/model/source-object.ts";
import { findKubectl, KubectlSession } from "./kubectl-session.ts";

const found = await findKubectl();

/** Ports of a Service: few numbers, so that patches meet what is there. */
const port = fc.record(
  {
    port: fc.integer({ min: 80, max: 84 }),
    name: fc.constantFrom("a", "b", "c"),
    targetPort: fc.constantFrom<number | string>(8080, "http"),
  },
  { requiredKeys: ["port"] },
);
const ports = fc.uniqueArray(port, { selector: (each) => each.port, maxLength: 4 });
const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"), { maxKeys: 3 });

const service = fc.record({ ports, labels, finalizers: fc.uniqueArray(fc.constantFrom("x/1", "x/2", "x/3")) }).map(
  (given): JsonObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", labels: given.labels, finalizers: given.finalizers },
    spec: { ports: given.ports, selector: given.labels, sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
  }),
);

const portPatch = fc.oneof(
  { weight: 4, arbitrary: port },
  fc.record({ port: fc.integer({ min: 80, max: 84 }), $patch: fc.constant("delete") }),
  fc.record({ port: fc.integer({ min: 80, max: 84 }), name: fc.constant(null) }),
);
const order = fc
  .uniqueArray(fc.integer({ min: 80, max: 84 }), { minLength: 1 })
  .map((numbers) => numbers.map((each) => ({ port: each })));

const strategicPatch = fc
  .record({
    ports: fc.option(fc.uniqueArray(portPatch, { selector: (each) => each.port, maxLength: 3 }), { nil: undefined }),
    replaces: fc.boolean(),
    order: fc.option(order, { nil: undefined }),
    labels: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("3", null), { maxKeys: 2 }),
    finalizers: fc.option(fc.uniqueArray(fc.constantFrom("x/1", "x/4")), { nil: undefined }),
    gone: fc.option(fc.uniqueArray(fc.constantFrom("x/1", "x/2")), { nil: undefined }),
    retains: fc.boolean(),
  })
  .map((given): JsonObject => {
    const place = (number: number) => given.order?.findIndex((each) => each.port === number) ?? 0;
    const sorted = given.ports?.toSorted((a, b) => place(a.port) - place(b.port));
    const list = sorted && (given.replaces ? [...sorted, { $patch: "replace" }] : sorted);
    const named = new Set(given.ports?.map((each) => each.port));
    // What a patch both adds and removes is up to chance in Kubernetes.
    const gone = given.gone?.filter((name) => given.finalizers?.some((added) => added === name) !== true);
    // A patch names everything it changes in the order it sets, as every client does.
    const covers =
      given.order !== undefined && [...named].every((number) => given.order?.some((each) => each.port === number));
    return {
      metadata: {
        labels: given.labels,
        ...(given.finalizers === undefined ? {} : { finalizers: given.finalizers }),
        ...(given.gone === undefined ? {} : { "$deleteFromPrimitiveList/finalizers": gone }),
      },
      spec: {
        ...(list === undefined ? {} : { ports: list }),
        ...(covers && !given.replaces ? { "$setElementOrder/ports": given.order } : {}),
        ...(given.retains ? { $retainKeys: ["ports", "selector", "type"], type: "ClusterIP" } : {}),
      },
    };
  });

/** `kubectl patch --local` patches with Kubernetes' own code, without a server: ours has to come to the same. */
describe("patches come out as Kubernetes' own code makes them", {
  skip: "missing" in found ? found.missing : false,
}, () => {
  let session: KubectlSession;
  before(async () => {
    session = await KubectlSession.start("path" in found ? found.path : "");
  });
  after(() => session.close());

  const compare = async (
    type: "strategic" | "merge" | "json",
    object: JsonObject,
    patch: JsonObject | readonly JsonObject[],
  ) => {
    const definition = kindDefinitions.find(({ kind }) => kind === "Service");
    assert.ok(definition);
    const file = session.file("local.json", object);
    const theirs = await session.try([
      "patch",
      "--local",
      "-f",
      file,
      "--type",
      type,
      "-p",
      JSON.stringify(patch),
      "-o",
      "json",
    ]);
    const mediaType = { strategic: "strategic-merge-patch", merge: "merge-patch", json: "json-patch" }[type];
    const ours = attempt(() =>
      applyPatch(definition, `application/${mediaType}+json`, object, parseJson(JSON.stringify(patch))),
    );
    // Kubernetes cannot order a list that is empty; there is no harm in it.
    if (theirs.stderr.includes("no elements in any of the given slices")) return false;
    if (theirs.code !== 0) {
      assert.equal(ours, undefined, `Kubernetes refuses: ${theirs.stderr}\n${JSON.stringify({ object, patch, ours })}`);
      return false;
    }
    assert.deepEqual(withoutEmpty(ours), withoutEmpty(JSON.parse(theirs.stdout)), JSON.stringify({ object, patch }));
    return true;
  };

  it("strategic", async () => {
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(service, strategicPatch, async (object, patch) => {
        if (await compare("strategic", object, patch)) applied++;
      }),
      { numRuns: 80 },
    );
    assert.ok(applied > 40, `${applied} of 80 patches were valid`);
  });

  it("merge", () =>
    fc.assert(
      fc.asyncProperty(service, service, labels, async (object, patch, extra) => {
        await compare("merge", object, { metadata: { labels: null, annotations: extra }, spec: patch.spec });
      }),
      { numRuns: 15 },
    ));

  it("json", async () => {
    const path = fc.constantFrom(
      "/spec/ports/0",
      "/spec/ports/1",
      "/spec/ports/-",
      "/metadata/labels/a",
      "/spec/selector",
      "/spec/ports/0/name",
    );
    const operation = fc.oneof(
      fc.record({
        op: fc.constantFrom("add", "replace"),
        path,
        value: fc.constantFrom<JsonObject | string>({ port: 99 }, "text"),
      }),
      fc.record({ op: fc.constant("remove"), path }),
      fc.record({ op: fc.constantFrom("move", "copy"), from: path, path }),
    );
    // What does not fit the type afterwards is refused by kubectl for that reason, so values go where they fit.
    const fitting = operation.filter(
      (each) => !("value" in each) || (typeof each.value === "string") === /labels|name/.test(each.path),
    );
    let applied = 0;
    await fc.assert(
      fc.asyncProperty(service, fc.array(fitting, { minLength: 1, maxLength: 2 }), async (object, operations) => {
        const moved = operations.some((each) => "from" in each && shapeOf(each.from) !== shapeOf(each.path));
        fc.pre(!moved);
        // Kubernetes copies what is not there as null, in older versions of its library; RFC 6902 is followed here.
        const from = operations
          .filter((each) => "from" in each)
          .map((each) => ({ op: "copy", from: each.from, path: "/x" }));
        fc.pre(attempt(() => applyJsonPatch(object, from)) !== undefined && operations.length - from.length < 2);
        if (await compare("json", object, operations)) applied++;
      }),
      { numRuns: 40 },
    );
    assert.ok(applied > 8, `${applied} of 40 patches were valid`);
  });
});

function shapeOf(path: string): string {
  return path.replace(/\d+|-/, "N");
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Kubernetes' types leave out what is empty and add fields of their own; both are no part of a patch. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => name !== "status" && name !== "creationTimestamp" && name !== "namespace")
    .map(([name, inner]): [string, unknown] => [name, withoutEmpty(inner)])
    .filter(([, inner]) => !isEmpty(inner));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

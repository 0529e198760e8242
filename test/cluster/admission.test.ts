/** Weir's admission and a real API server, asked about the same objects. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { ClusterSession } from "../../scripts/cluster-tools/session.ts";
import { type Admitted, admit } from "../../src/admission/admit.ts";
import type { KindWithShape } from "../../src/admission/define-kind.ts";
import { definitionOf, kindDefinitions } from "../../src/admission/kinds.ts";
import { isList, isObject, objectAt, textAt } from "../../src/model/json.ts";
import { formatPath } from "../../src/model/provenance.ts";
import { groupOf, type Json, type JsonObject } from "../../src/model/source-object.ts";
import { valuesOf } from "../admission/shape-values.ts";
import { makeTestCertificates } from "../generators/certificates.ts";
import { withMistakes } from "../generators/mistaken.ts";
import { namespaces } from "../generators/pools.ts";
import { arbitraryObject } from "../generators/world.ts";
import type { Question, Verdict } from "./api-server-verdicts.ts";

/** `WEIR_ADMISSION_OBJECTS` asks for more than the ordinary run, `WEIR_ADMISSION_SEED` for others. */
const OBJECTS = Number(process.env.WEIR_ADMISSION_OBJECTS ?? 2500);
const SEED = Number(process.env.WEIR_ADMISSION_SEED ?? 20_261_122);

const session = new ClusterSession({ name: `test-${process.pid}`, say: () => undefined });
const obstacle = await session.unavailable();

/** Kinds whose rules others have written down; those of Weir's own kinds are in admission alone. */
const judged = kindDefinitions.filter(({ group }) => group !== "weir.dev");

/** Where the two differ and are meant to: what the one that refuses says, of which kinds. */
const meant: readonly { readonly kinds: readonly string[]; readonly says: RegExp; readonly because: string }[] = [
  { kinds: ["EndpointSlice"], says: /\.port: \d+ is too large/, because: "Envoy takes no such port" },
  { kinds: ["EndpointSlice"], says: /protocol: Unsupported value: ""/, because: "empty means TCP, as in a Service" },
  { kinds: ["EndpointSlice"], says: /(nodeName|hints\.\S+): /, because: "Weir reads neither nodes nor hints" },
  {
    kinds: ["Ingress"],
    says: /service\.name: .* DNS-1035/,
    because: "newer API servers let Services begin with a digit",
  },
  {
    kinds: ["Secret", "ConfigMap"],
    says: /must be text, not a list/,
    because: "bytes are written in base64, not as numbers",
  },
  { kinds: ["Secret"], says: /illegal base64/, because: "stringData takes the place of the same key of data" },
];

function isMeant(kind: string, words: string): boolean {
  return meant.some(({ kinds, says }) => kinds.includes(kind) && says.test(words));
}

describe("admission and a real API server", { skip: obstacle ?? false }, () => {
  before(async () => {
    await session.run("up");
    await session.installDefinitions();
    for (const name of namespaces) await session.kubectl("create", "namespace", name);
  });
  after(() => session.run("down"));

  it("accept the same objects, with the same defaults, and refuse the same", { timeout: 180_000 }, async (t) => {
    const objects = await objectsToJudge();
    const verdicts = await verdictsOn(objects.map(questionOf));
    const differences = objects.flatMap((object, index) => {
      const verdict = verdicts[index];
      assert.ok(verdict !== undefined);
      return difference(object, verdict);
    });
    assert.deepEqual(differences, [], `${differences.length} of ${objects.length}, seed ${SEED}`);
    const accepted = verdicts.filter(({ status }) => status === 201).length;
    t.diagnostic(`${accepted} of ${objects.length} accepted`);
    assert.ok(accepted > 0.3 * objects.length && accepted < 0.9 * objects.length, `${accepted} accepted`);
  });
});

/** Objects of every kind: such as people write and such as the schemas allow, most with mistakes in them. */
async function objectsToJudge(): Promise<readonly JsonObject[]> {
  const certificates = await makeTestCertificates();
  // An API server takes no loopback addresses; Weir does, for backends on a machine without a cluster.
  const endpoints = [{ address: "10.1.0.1", port: 9001 }];
  const written = arbitraryObject({ certificates, endpoints, withoutPolicies: true }).map(({ body }) => body);
  const shaped = fc.constantFrom(...judged).chain((definition) =>
    valuesOf(definition.shape).map((value): JsonObject => {
      const { status: _, ...fields } = objectAt(value);
      return { ...fields, apiVersion: apiVersionOf(definition), kind: definition.kind, metadata: { name: "a" } };
    }),
  );
  const objects = withMistakes(fc.oneof(written, shaped), 2).filter((object) => {
    const definition = kindOf(object);
    const metadata = object.metadata;
    if (definition === undefined || !isObject(metadata) || object.status !== undefined) return false;
    const place = metadata.namespace ?? "";
    return definition.namespaced ? namespaces.some((name) => name === place) || place === "" : place === "";
  });
  return fc.sample(objects.map(named), { numRuns: OBJECTS, seed: SEED });
}

/** A name that no other object in the cluster has, where it has one that could be a name. */
function named(object: JsonObject): JsonObject {
  const metadata = objectAt(object, "metadata");
  const name = textAt(metadata, "name") ?? "";
  return name === "" ? object : { ...object, metadata: { ...metadata, name: `${name}-judged` } };
}

function kindOf(object: JsonObject): KindWithShape | undefined {
  const definition = definitionOf(groupOf(textAt(object, "apiVersion") ?? ""), textAt(object, "kind") ?? "");
  return definition !== undefined && textAt(object, "apiVersion") === apiVersionOf(definition) ? definition : undefined;
}

function apiVersionOf({ group, versions: [version = ""] }: KindWithShape): string {
  return group === "" ? version : `${group}/${version}`;
}

function questionOf(object: JsonObject): Question {
  const definition = kindOf(object);
  assert.ok(definition !== undefined);
  const base = definition.group === "" ? "/api" : "/apis";
  const place = textAt(object, "metadata", "namespace") || namespaces[0];
  const within = definition.namespaced ? `/namespaces/${place}` : "";
  return { path: `${base}/${apiVersionOf(definition)}${within}/${definition.plural}`, body: object };
}

async function verdictsOn(questions: readonly Question[]): Promise<readonly Verdict[]> {
  const program = [process.execPath, `${import.meta.dirname}/api-server-verdicts.ts`];
  const child = session.spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const { stdin, stdout } = child;
  assert.ok(stdin !== null && stdout !== null);
  stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  const verdicts: Verdict[] = [];
  for await (const line of createInterface({ input: stdout })) verdicts.push(JSON.parse(line));
  const [code] = await closed;
  assert.equal(code, 0);
  return verdicts;
}

function difference(object: JsonObject, { status, body: theirs }: Verdict): readonly string[] {
  const definition = kindOf(object);
  assert.ok(definition !== undefined);
  const mine = admit(definition, object);
  const accepts = mine.violations.length === 0;
  if (accepts !== (status === 201)) {
    const theirWords = textAt(theirs, "message") ?? JSON.stringify(theirs);
    if (isMeant(definition.kind, accepts ? theirWords : wordsOf(mine))) return [];
    const [said, answered] = accepts ? [theirWords, "accepted"] : ["accepted", wordsOf(mine)];
    return [`API server: ${said}; Weir: ${answered}; of ${JSON.stringify(object)}`];
  }
  if (!accepts) return [];
  const [stored, fitted] = [meaningOf(definition, theirs), meaningOf(definition, mine.object)];
  if (isDeepStrictEqual(stored, fitted)) return [];
  return [`API server: ${JSON.stringify(stored)}; Weir: ${JSON.stringify(fitted)}; of ${JSON.stringify(object)}`];
}

function wordsOf({ violations }: Admitted): string {
  return violations.map(({ path, message }) => `${formatPath(path)}: ${message}`).join(", ");
}

/** What only a cluster has to hand out: addresses and ports to a Service, and to a Namespace one who empties it before it goes. */
const handedOut: ReadonlyMap<string, readonly string[]> = new Map([
  ["Service", ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "nodePort", "healthCheckNodePort"]],
  ["Namespace", ["finalizers"]],
]);

/** What an object says, however it is written down: built-in kinds leave out what is empty. */
function meaningOf({ builtIn, kind }: KindWithShape, object: Json): Json {
  const { metadata: _metadata, status: _status, ...wanted } = objectAt(object);
  return builtIn ? withoutEmpty(wanted, new Set(handedOut.get(kind))) : wanted;
}

function withoutEmpty(value: Json, without: ReadonlySet<string>): Json {
  if (isList(value)) return value.map((item) => withoutEmpty(item, without));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, item]) => {
    if (item === undefined || without.has(name)) return [];
    const kept = withoutEmpty(item, without);
    return isEmpty(kept) ? [] : [[name, kept] as const];
  });
  return Object.fromEntries(entries);
}

function isEmpty(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === "" || value === false || value === 0;
}

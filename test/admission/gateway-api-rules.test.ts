import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { judgeUpdate } from "../../src/admission/admit.ts";
import { definitionOf, kindDefinitions } from "../../src/admission/kinds.ts";
import type { FieldRule, Shape } from "../../src/admission/shape.ts";
import { isList, isObject, listAt, objectAt, textAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";
import { downloadModule, gatewayApiKinds } from "./published.ts";
import { counterparts, immutableFields, ownRules } from "./rule-table.ts";
import { valuesOf, withDefaults } from "./shape-values.ts";

const download = downloadModule("sigs.k8s.io/gateway-api", "v1.6.3");
const skip = "missing" in download ? download.missing : false;

interface PublishedRule {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
  readonly identifier: string;
  readonly shape: Shape | undefined;
}

function rulesIn(kind: string, schema: JsonObject, shape: Shape | undefined, path: string): PublishedRule[] {
  const here = listAt(schema, "x-kubernetes-validations").map((rule): PublishedRule => {
    const text = textAt(rule, "rule") ?? "";
    return { kind, path, text, identifier: hash("sha256", text).slice(0, 12), shape };
  });
  const fields = Object.entries(objectAt(schema, "properties")).flatMap(([name, field]) =>
    isObject(field) ? rulesIn(kind, field, shape?.properties?.[name], `${path}.${name}`) : [],
  );
  const items = isObject(schema.items) ? rulesIn(kind, schema.items, shape?.items, `${path}[]`) : [];
  return [...here, ...fields, ...items];
}

const published: readonly PublishedRule[] =
  "folder" in download
    ? gatewayApiKinds(download.folder, "experimental").flatMap(({ group, kind, versions }) => {
        const schema = versions.find(({ name }) => name === "v1")?.schema ?? {};
        return rulesIn(kind, schema, definitionOf(group, kind)?.shape, kind);
      })
    : [];

function ruleNames(shape: Shape): string[] {
  return [
    ...(shape.rules ?? []).map(({ name }) => name),
    ...Object.values(shape.properties ?? {}).flatMap(ruleNames),
    ...(shape.items === undefined ? [] : ruleNames(shape.items)),
    ...(shape.additionalProperties === undefined ? [] : ruleNames(shape.additionalProperties)),
  ];
}

/** Whole numbers are integers to CEL, not floating-point numbers. */
function celValue(value: Json): unknown {
  if (typeof value === "number") return BigInt(value);
  if (isList(value)) return value.map(celValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, celValue(item ?? null)]));
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 5000, maxDepth: 500 },
}).registerFunction("isIP(dyn): bool", (text: unknown) => typeof text === "string" && isIP(text) !== 0);

/** The evaluator lacks the escaped field names of Kubernetes, flags within expressions, and `has` behind an index. */
function compile(text: string): (value: Json) => boolean {
  const plain = text
    .replaceAll("__namespace__", "namespace")
    .replaceAll(
      /"""\^\(\?i\)(.*?)"""/g,
      (_all, expression: string) => `"""^${expression.replaceAll("a-z", "A-Za-z")}"""`,
    )
    .replaceAll(/has\(((?:\w+\.)*\w+\[\d+\])\.(\w+)\)/g, '("$2" in $1)');
  const evaluate = environment.parse(plain);
  return (value) => {
    try {
      return evaluate({ self: celValue(value) }) === true;
    } catch {
      // A rule that cannot be evaluated counts as broken to the API server.
      return false;
    }
  };
}

/** How often each verdict fell, so that no rule is compared on agreeable values alone. */
function compare(
  shape: Shape,
  rule: FieldRule,
  text: string,
  values: fc.Arbitrary<Json>,
): { passed: number; refused: number } {
  const holds = compile(text);
  const count = { passed: 0, refused: 0 };
  fc.assert(
    fc.property(values, (raw) => {
      const value = withDefaults(shape, raw);
      const expected = holds(value);
      assert.equal(rule.check(value).length === 0, expected, JSON.stringify(value));
      if (expected) count.passed++;
      else count.refused++;
    }),
    { numRuns: 1000, seed: 1 },
  );
  return count;
}

/** Too many matches do not come by chance. */
const manyMatches = fc.array(
  fc.nat(64).map((count) => ({ matches: Array.from({ length: count }, () => ({})) })),
  {
    minLength: 1,
    maxLength: 8,
  },
);

describe("Gateway API: the rules are the published ones", { skip }, () => {
  it("every published rule has a counterpart on the same field", () => {
    const missing = published.filter(({ identifier, shape }) => {
      if (immutableFields[identifier] === true) return false;
      return !(shape?.rules ?? []).some(({ name }) => name === counterparts[identifier]);
    });
    assert.deepEqual(
      missing.map(({ kind, path, identifier, text }) => ({ kind, path, identifier, text })),
      [],
    );
  });

  it("the table holds no rule that is not published, and every rule of ours is accounted for", () => {
    const identifiers = new Set(published.map(({ identifier }) => identifier));
    const stale = Object.keys({ ...counterparts, ...immutableFields }).filter(
      (identifier) => !identifiers.has(identifier),
    );
    assert.deepEqual(stale, []);
    const known = new Set([...Object.values(counterparts), ...Object.keys(ownRules)]);
    const ours = kindDefinitions
      .filter(({ group }) => group === "gateway.networking.k8s.io")
      .flatMap(({ shape }) => ruleNames(shape));
    assert.deepEqual(
      [...new Set(ours)].filter((name) => !known.has(name)),
      [],
    );
  });

  it("GatewayClass: the controller cannot be changed", () => {
    const definition = definitionOf("gateway.networking.k8s.io", "GatewayClass");
    assert.ok(definition !== undefined);
    const body = (controllerName: string): JsonObject => ({ spec: { controllerName } });
    assert.deepEqual(judgeUpdate(definition, body("a.example/a"), body("a.example/a")), []);
    assert.equal(judgeUpdate(definition, body("a.example/a"), body("a.example/b")).length, 1);
  });

  const seen = new Set<string>();
  for (const { kind, path, text, identifier, shape } of published) {
    const rule = shape?.rules?.find(({ name }) => name === counterparts[identifier]);
    if (shape === undefined || rule === undefined || seen.has(`${kind} ${identifier}`)) continue;
    seen.add(`${kind} ${identifier}`);
    it(`${path}: ${rule.name} has the verdicts of the published rule`, () => {
      const values = rule.name === "route-at-most-128-matches" ? manyMatches : valuesOf(shape);
      const { passed, refused } = compare(shape, rule, text, values);
      assert.notEqual(passed, 0, "no value passed");
      if (!neverRefused.has(rule.name)) assert.notEqual(refused, 0, "no value was refused");
    });
  }
});

/** Rules that the schema around them leaves nothing to refuse. */
const neverRefused = new Set(["path-type-known", "hostnames-valid", "hostname-wildcard-first"]);

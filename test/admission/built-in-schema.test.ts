import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { objectMeta } from "../../src/admission/fields/object-meta.ts";
import { definitionOf } from "../../src/admission/kinds.ts";
import { schemaOf } from "../../src/admission/shape.ts";
import { isList } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { type Constraints, constraintsOf, constraintsOfOurs } from "./constraints.ts";
import { builtInSchema, downloadModule } from "./published.ts";

const download = downloadModule("k8s.io/kubernetes", "v1.36.0");
const skip = "missing" in download ? download.missing : false;
const folder = "folder" in download ? download.folder : "";

const kinds: readonly (readonly [group: string, kind: string, schema: string])[] = [
  ["", "Service", "io.k8s.api.core.v1.Service"],
  ["", "Secret", "io.k8s.api.core.v1.Secret"],
  ["", "ConfigMap", "io.k8s.api.core.v1.ConfigMap"],
  ["", "Namespace", "io.k8s.api.core.v1.Namespace"],
  ["discovery.k8s.io", "EndpointSlice", "io.k8s.api.discovery.v1.EndpointSlice"],
  ["networking.k8s.io", "Ingress", "io.k8s.api.networking.v1.Ingress"],
  ["networking.k8s.io", "IngressClass", "io.k8s.api.networking.v1.IngressClass"],
];

/**
 * The published document states the shape of the built-in kinds and how they merge; their limits, enums and defaults are code of the
 * API server, so ours say more here.
 */
const compared = [
  "type",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-patch-merge-key",
] as const;

function comparable(constraints: Constraints | undefined): Constraints | undefined {
  if (constraints === undefined) return undefined;
  if (constraints.format === "int-or-string") return { "x-kubernetes-int-or-string": true };
  return Object.fromEntries(
    compared.flatMap((name): [string, Json][] => {
      const value = constraints[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function drift(
  ours: ReadonlyMap<string, Constraints>,
  theirs: ReadonlyMap<string, Constraints>,
): readonly { readonly path: string }[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((path) => {
    const stated = comparable(ours.get(path));
    const published = comparable(theirs.get(path));
    const required = theirs.get(path)?.required ?? [];
    const ourRequired = ours.get(path)?.required ?? [];
    const missing =
      isList(required) && isList(ourRequired) ? required.filter((name) => !ourRequired.includes(name)) : [];
    return isDeepStrictEqual(stated, published) && missing.length === 0 ? [] : [{ path, stated, published, missing }];
  });
}

describe("built-in kinds: the definitions are the published ones", { skip }, () => {
  for (const [group, kind, name] of kinds) {
    it(`${kind}: every field, its type and how it merges`, () => {
      const ours = constraintsOfOurs(definitionOf(group, kind)?.schema);
      assert.deepEqual(drift(ours, constraintsOf(builtInSchema(folder, name))), []);
    });
  }

  it("ObjectMeta: every field, its type and how it merges", () => {
    const theirs = constraintsOf(builtInSchema(folder, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
    assert.deepEqual(drift(constraintsOfOurs(schemaOf(objectMeta)), theirs), []);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { definitionOf, kindDefinitions } from "../../src/admission/kinds.ts";
import { listAt, numberAt, textAt } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { constraintsOf, constraintsOfOurs } from "./constraints.ts";
import { downloadModule, gatewayApiKinds, type PublishedVersion } from "./published.ts";

/** The level of the Gateway API that Weir's definitions state. */
const download = downloadModule("sigs.k8s.io/gateway-api", "v1.6.3");
const skip = "missing" in download ? download.missing : false;
const experimental = "folder" in download ? gatewayApiKinds(download.folder, "experimental") : [];
const standard = "folder" in download ? gatewayApiKinds(download.folder, "standard") : [];

/**
 * Where the channels differ Weir takes the experimental one, with this exception: the values of headers, which only the experimental
 * channel narrows to printable ASCII with single spaces.
 */
const asInStandardChannel =
  /\.(requestHeaderModifier|responseHeaderModifier)\.(add|set)\[\]\.value$|\.matches\[\]\.headers\[\]\.value$/;

function schemaOfVersion(versions: readonly PublishedVersion[] | undefined, name: string) {
  return constraintsOf(versions?.find((version) => version.name === name)?.schema ?? {});
}

/** Names and types as the server prints them; the path in the definition is compared through them only. */
function columnNames(columns: readonly Json[]): readonly string[] {
  return columns.map(
    (column) => `${textAt(column, "name")} ${textAt(column, "type")} ${numberAt(column, "priority") ?? 0}`,
  );
}

describe("Gateway API: the definitions are the published ones", { skip }, () => {
  it("every published kind is defined, and no other", () => {
    const ours = kindDefinitions.filter(({ group }) => group === "gateway.networking.k8s.io").map(({ kind }) => kind);
    assert.deepEqual(ours.toSorted(), experimental.map(({ kind }) => kind).toSorted());
  });

  for (const published of experimental) {
    const definition = definitionOf(published.group, published.kind);
    const preferred = published.versions.find(({ name }) => name === "v1");

    it(`${published.kind}: names, scope, versions, columns`, () => {
      assert.ok(definition !== undefined && preferred !== undefined);
      assert.equal(definition.plural, textAt(published.names, "plural"));
      assert.equal(definition.singular, textAt(published.names, "singular"));
      assert.deepEqual(definition.shortNames, listAt(published.names, "shortNames"));
      assert.deepEqual(definition.categories, listAt(published.names, "categories"));
      assert.equal(definition.namespaced, published.namespaced);
      assert.equal(definition.hasStatus, preferred.hasStatus);
      assert.deepEqual(definition.versions.toSorted(), published.versions.map(({ name }) => name).toSorted());
      assert.deepEqual(
        definition.columns.map(({ name, type, priority }) => `${name} ${type} ${priority}`),
        columnNames(preferred.columns),
      );
    });

    it(`${published.kind}: every field with its type, default and limits`, () => {
      const ours = constraintsOfOurs(definition?.schema);
      const theirs = schemaOfVersion(published.versions, "v1");
      const inStandard = schemaOfVersion(standard.find(({ kind }) => kind === published.kind)?.versions, "v1");
      const drift = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((path) => {
        const wanted = asInStandardChannel.test(path) ? inStandard.get(path) : theirs.get(path);
        const stated = ours.get(path);
        return isDeepStrictEqual(stated, wanted) ? [] : [{ path, stated, published: wanted }];
      });
      assert.deepEqual(drift, []);
    });
  }
});

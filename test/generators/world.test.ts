import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { admitSourceObject } from "../../src/admission/admit-source-object.ts";
import { makeTestCertificates } from "./certificates.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld, keyOf } from "./world.ts";

const certificates = await makeTestCertificates();

test("worlds hold objects of every kind, all of them admitted, one for each key", () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(arbitraryWorld({ certificates }), ({ objects }) => {
      assert.equal(new Set(objects.map(keyOf)).size, objects.length);
      for (const object of objects) {
        kinds.set(object.kind, (kinds.get(object.kind) ?? 0) + 1);
        assert.notEqual(admitSourceObject(object).object, undefined);
      }
    }),
    { seed: 1, numRuns: 50 },
  );
  const expected = [
    "HTTPRoute",
    "GRPCRoute",
    "TLSRoute",
    "TCPRoute",
    "UDPRoute",
    "Gateway",
    "ListenerSet",
    "BackendTLSPolicy",
    "ConfigMap",
    "Ingress",
    "Service",
    "EndpointSlice",
    "Secret",
    "ReferenceGrant",
    "AccessPolicy",
  ];
  for (const kind of expected) assert.ok((kinds.get(kind) ?? 0) >= 5, `${kind}: ${kinds.get(kind) ?? 0}`);
});

test("edits set objects under known names and take them away again", () => {
  const seen = { set: 0, replaced: 0, deleted: 0 };
  fc.assert(
    fc.property(arbitraryWorld({ certificates }), arbitraryEdits({ certificates }), (world, edits) => {
      const before = new Set(world.objects.map(keyOf));
      const after = new Set(applyEdits(world, edits).objects.map(keyOf));
      for (const edit of edits) {
        if (edit.kind === "delete") seen.deleted += before.has(edit.key) ? 1 : 0;
        else {
          seen.set++;
          seen.replaced += before.has(keyOf(edit.object)) ? 1 : 0;
        }
      }
      const last = edits.at(-1);
      if (last?.kind === "set") assert.ok(after.has(keyOf(last.object)));
      if (last?.kind === "delete") assert.ok(!after.has(last.key));
    }),
    { seed: 1, numRuns: 50 },
  );
  assert.ok(seen.replaced > 20 && seen.deleted > 5, JSON.stringify(seen));
});

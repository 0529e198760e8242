import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeTestCertificates } from "../../test/generators/certificates.ts";
import { applyEdits, arbitraryEdits, arbitraryWorld, type Edit } from "../../test/generators/world.ts";
import { createRig, defaultOptions, setting, snapshot } from "./testing/dialect-rig.ts";

const certificates = await makeTestCertificates();

function changesOf(edits: readonly Edit[]) {
  return edits
    .map((edit) => (edit.kind === "set" ? setting(edit.object)[0] : { key: edit.key }))
    .filter((change) => change !== undefined);
}

test("any sequence of edits ends where a rebuild from scratch ends", () => {
  const options = {
    ...defaultOptions,
    ingress: {
      ...defaultOptions.ingress,
      defaultBackend: { service: "shop/web", port: 80 },
      defaultCertificate: "shop/tls-a",
    },
  };
  fc.assert(
    fc.property(
      arbitraryWorld({ certificates }),
      fc.array(arbitraryEdits({ certificates }, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      (world, batches) => {
        const incremental = createRig(options);
        incremental.apply(setting(...world.objects));
        let current = world;
        for (const edits of batches) {
          incremental.apply(changesOf(edits));
          current = applyEdits(current, edits);
        }
        const rebuilt = createRig(options);
        rebuilt.apply(setting(...current.objects));
        assert.deepEqual(snapshot(incremental), snapshot(rebuilt));
      },
    ),
    { numRuns: 150 },
  );
});

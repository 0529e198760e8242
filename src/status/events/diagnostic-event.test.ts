import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type DiagnosticCode, diagnosticCodes } from "../../model/diagnostic-codes.ts";
import { objectAt, textAt } from "../../model/json.ts";
import { type EventSubject, eventOf, occurrencesOf, reasonOf } from "./diagnostic-event.ts";

const ref = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop", name: "web", scope: "" };
const subject: EventSubject = {
  ref,
  apiVersion: "gateway.networking.k8s.io/v1",
  uid: "11111111-2222-3333-4444-555555555555",
  resourceVersion: "42",
};
const missing: Diagnostic = {
  code: "WR0201",
  severity: "error",
  object: ref,
  path: ["spec", "rules", 0, "backendRefs", 1],
  message: "Service shop/cart does not exist",
  hint: "Create it",
};
const by = { controller: "weir.dev/control-plane", instance: "weir-1" };
const time = new Date("2026-01-02T03:04:05.678Z");

describe("the Event of a diagnostic", () => {
  it("says on the object what the command line says, in the API's form", () => {
    const [occurrence] = occurrencesOf(subject, [missing]);
    assert.ok(occurrence !== undefined);
    assert.match(occurrence.name, /^web\.[0-9a-f]{16}$/);
    assert.deepEqual(eventOf(occurrence, by, time), {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: occurrence.name, namespace: "shop" },
      type: "Warning",
      reason: "MissingService",
      action: "Serve",
      note: "WR0201 Service shop/cart does not exist. Create it.",
      eventTime: "2026-01-02T03:04:05.678000Z",
      reportingController: "weir.dev/control-plane",
      reportingInstance: "weir-1",
      regarding: {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        name: "web",
        uid: subject.uid,
        namespace: "shop",
        resourceVersion: "42",
        fieldPath: "spec.rules[0].backendRefs[1]",
      },
    });
  });

  it("stands in the namespace default where the object has none", () => {
    const [occurrence] = occurrencesOf({ ...subject, ref: { ...ref, namespace: "", name: "weir" } }, [missing]);
    assert.ok(occurrence !== undefined);
    const event = eventOf(occurrence, by, time);
    assert.equal(textAt(event, "metadata", "namespace"), "default");
    assert.equal("namespace" in objectAt(event, "regarding"), false);
  });

  it("is one for each code and message, none for notes, and another for the object's successor", () => {
    const names = (of: EventSubject, ...diagnostics: Diagnostic[]) =>
      occurrencesOf(of, diagnostics).map(({ name }) => name);
    const elsewhere: Diagnostic = { ...missing, path: ["spec", "rules", 1] };
    const other: Diagnostic = { ...missing, code: "WR0202" };
    const note: Diagnostic = { ...missing, severity: "info" };
    const [first] = names(subject, missing);
    assert.deepEqual(names(subject, missing, elsewhere, note), [first]);
    assert.equal(new Set(names(subject, missing, other)).size, 2);
    assert.notDeepEqual(names({ ...subject, uid: "another" }, missing), [first]);
  });

  it("has a reason that Kubernetes takes, for every code", () => {
    for (const code of Object.keys(diagnosticCodes) as DiagnosticCode[]) {
      assert.match(reasonOf(code), /^[A-Z][A-Za-z0-9]{2,127}$/, code);
    }
    assert.equal(reasonOf("WR0501"), "RefusedByEnvoysRules");
  });

  it("keeps within the API's limits, whatever names and messages are like", () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/);
    const objectName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
    const text = fc
      .array(fc.constantFrom("a", " ", ".", "é", "€", "😀"), { maxLength: 800 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(objectName, text, text, (name, message, hint) => {
        const [occurrence] = occurrencesOf({ ...subject, ref: { ...ref, name } }, [{ ...missing, message, hint }]);
        assert.ok(occurrence !== undefined);
        assert.ok(occurrence.name.length <= 253);
        assert.match(occurrence.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        const note = textAt(eventOf(occurrence, by, time), "note") ?? "";
        assert.ok(Buffer.byteLength(note) <= 1024, `${Buffer.byteLength(note)} bytes`);
        assert.ok(note.startsWith("WR0201 "));
      }),
    );
  });
});

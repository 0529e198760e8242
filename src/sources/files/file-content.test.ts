import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldPath } from "../../model/provenance.ts";
import { contentOf, positionIn } from "./file-content.ts";

const context = { source: "file", isClusterScoped: ({ kind }: { readonly kind: string }) => kind === "GatewayClass" };
const read = (text: string) => contentOf("a.yaml", text, context);

function told(text: string): readonly string[] {
  return read(text).diagnostics.map(({ code, message, position, hint }) => {
    const place = position === undefined ? "" : `${position.line}:${position.column}`;
    return `${place} ${code} ${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

test("objects of several documents, lists unfolded, with the namespace they land in", () => {
  const text = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: a}}
  - apiVersion: v1
    kind: ServiceList
    items:
      - metadata: {name: b}
---
{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "weir"}}
`;
  const { objects, diagnostics } = read(text);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    objects.map(({ key }) => key),
    ["/Service/shop/web", "/Service/default/a", "/Service/default/b", "gateway.networking.k8s.io/GatewayClass//weir"],
  );
  assert.equal(new Set(objects.map(({ object }) => object.uid)).size, 4);
  assert.match(objects[0]?.object.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("documents that are no objects are named with their place, the others count", () => {
  const anObject = "An object is a mapping with apiVersion, kind and metadata.name.";
  const text = `just text
---
kind: Service
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata:
  labels: {}
---
{kind: Service, apiVersion: v1, metadata: {name: y}}
---
ApiVersion: v1
kind: Service
---
apiVersion: v1
kind: List
items:
  - 7
  - {apiVersion: v1, kind: Service, metadata: {name: good}}
`;
  assert.deepEqual(told(text), [
    `1:1 WR0102 the document is no object | ${anObject}`,
    `3:1 WR0102 the document has no apiVersion | ${anObject}`,
    "8:1 WR0102 the Service has no metadata.name",
    "11:44 WR0102 metadata.name of the Service is not text | Put it in quotes.",
    "13:1 WR0102 the document has no apiVersion | Field names are case-sensitive: ApiVersion should be apiVersion.",
    `19:5 WR0102 the item of the list is no object | ${anObject}`,
  ]);
  assert.deepEqual(
    read(text).objects.map(({ key }) => key),
    ["/Service/default/good"],
  );
});

test("a broken document leaves the others of the file alone and is named at its own line", () => {
  const text =
    "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\na: [1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n";
  const { objects, isWhole } = read(text);
  assert.equal(isWhole, false);
  assert.equal(objects.length, 2);
  assert.deepEqual(
    read(text).diagnostics.map(({ position }) => position),
    [{ file: "a.yaml", line: 6, column: 1 }],
  );
});

test("an edit parses only the documents it touches", () => {
  const document = (name: string): string => `---\napiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n`;
  const before = read(document("a") + document("b"));
  const after = contentOf("a.yaml", document("a") + document("c"), context, before.read);
  assert.equal(after.objects[0]?.object.body, before.objects[0]?.object.body);
  assert.notEqual(after.objects[1]?.object.body, before.objects[1]?.object.body);
});

test("a path leads to the deepest field that is there", () => {
  const text = `# comment
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: &meta
  name: web
spec:
  rules:
    - host: a.example
      http:
        paths:
          - path: /
  "quoted key": {inner: 1}
  tls: [{hosts: [a]}, {hosts: [b, c]}]
  copy: *meta
  merged:
    <<: {x: 1}
    y: 2
`;
  const content = read(text);
  const at = (...path: FieldPath): string => {
    const place = content.objects[0]?.place;
    assert.ok(place !== undefined);
    const { line, column } = positionIn(content, place, path);
    return `${line}:${column}`;
  };
  assert.equal(at(), "3:1");
  assert.equal(at("kind"), "4:1");
  assert.equal(at("spec", "rules", 0), "9:7");
  assert.equal(at("spec", "rules", 0, "host"), "9:7");
  assert.equal(at("spec", "rules", 0, "http", "paths", 0, "path"), "12:13");
  assert.equal(at("spec", "rules", 0, "http", "paths", 0, "backend", "service"), "12:13");
  assert.equal(at("spec", "rules", 7, "host"), "8:3");
  assert.equal(at("spec", "quoted key", "inner"), "13:18");
  assert.equal(at("spec", "tls", 1, "hosts", 1), "14:35");
  assert.equal(at("spec", "copy", "name"), "6:3");
  assert.equal(at("spec", "merged", "x"), "17:10");
  assert.equal(at("status"), "3:1");
});

test("positions within a list lead through its items", () => {
  const text =
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    type: X\n";
  const content = read(text);
  const place = content.objects[0]?.place;
  assert.ok(place !== undefined);
  assert.deepEqual(positionIn(content, place, ["spec", "type"]), { file: "a.yaml", line: 8, column: 5 });
  assert.deepEqual(positionIn(content, place, []), { file: "a.yaml", line: 4, column: 3 });
});

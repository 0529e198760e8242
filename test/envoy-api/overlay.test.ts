/** The generated types and their overlay against the authority: the descriptors compiled into the Envoy binary. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, type TestContext, test } from "node:test";
import { getExtension, hasExtension, toJson } from "@bufbuild/protobuf";
import type { DescriptorProto, FieldDescriptorProto, FieldOptions, FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { compareVersions } from "../../src/dataplane/envoy-version.ts";
import { installedEnvoy } from "../../src/dataplane/envoy-wheel.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { FieldRulesSchema, rules } from "../../src/envoy/generated/validate/validate_pb.ts";
import { overlay } from "../../src/envoy/overlay.ts";
import { envoyRegistry } from "../../src/envoy/registry.ts";
import { embeddedDescriptor } from "./embedded-descriptors.ts";

/** Rules that Envoy 1.40 has given up and older ones still have. */
const relaxed = [
  "envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader.claim_name",
  "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig.max_heap_size_bytes",
  "envoy.type.v3.TokenBucket.max_tokens",
];

/** A field that changed in a type Weir does not use. */
const changed = ["envoy.config.endpoint.v3.LbEndpointCollection.entries"];

/** The Envoy binary, where it is of the version that the overlay describes. */
async function readProgram(t: TestContext): Promise<Buffer | undefined> {
  const envoy = await realEnvoy(t);
  if (envoy === undefined) return undefined;
  if (compareVersions(envoy.version, installedEnvoy) === 0) return readFile(envoy.path);
  t.skip(`the overlay describes Envoy ${installedEnvoy}, and this is ${envoy.version}`);
  return undefined;
}

function findMessage(file: FileDescriptorProto, name: string): DescriptorProto | undefined {
  let level: readonly DescriptorProto[] = file.messageType;
  let found: DescriptorProto | undefined;
  for (const part of name.slice(file.package.length + 1).split(".")) {
    found = level.find((message) => message.name === part);
    level = found?.nestedType ?? [];
  }
  return found;
}

function rulesOf(options: FieldOptions | undefined): unknown {
  return options === undefined || !hasExtension(options, rules)
    ? {}
    : toJson(FieldRulesSchema, getExtension(options, rules));
}

function shape(field: FieldDescriptorProto) {
  const { name, number, label, type, typeName } = field;
  return { name, number, label, type, typeName, rules: rulesOf(field.options) };
}

describe("the generated types", () => {
  test("are those of the Envoy binary, field by field, with its rules", async (t) => {
    const program = await readProgram(t);
    if (program === undefined) return;
    const files = new Map<string, FileDescriptorProto | undefined>();
    let compared = 0;
    for (const type of await envoyRegistry()) {
      if (type.kind !== "message" || !/^(envoy|xds|udpa)\./.test(type.typeName)) continue;
      const path = `${type.file.name}.proto`;
      if (!files.has(path)) files.set(path, embeddedDescriptor(program, path));
      const file = files.get(path);
      assert.ok(file !== undefined, `${path} is in the binary`);
      const message = findMessage(file, type.typeName);
      // A field that Weir does not set may be gone; one that is there must be the same.
      for (const field of type.fields) {
        const real = message?.field.find((candidate) => candidate.number === field.number);
        if (real === undefined || [...relaxed, ...changed].includes(`${type.typeName}.${field.name}`)) continue;
        assert.deepEqual(shape(field.proto), shape(real), `${type.typeName}.${field.name}`);
        compared += 1;
      }
    }
    assert.ok(compared > 2_000, `only ${compared} fields were compared`);
  });

  test("have the fields of the overlay, and so has the binary", async (t) => {
    const program = await readProgram(t);
    if (program === undefined) return;
    const registry = await envoyRegistry();
    for (const entry of overlay) {
      const file = embeddedDescriptor(program, entry.file);
      const message = file === undefined ? undefined : findMessage(file, entry.message);
      for (const { name, number } of entry.fields) {
        const where = `${entry.message}.${name}`;
        assert.equal(message?.field.find((field) => field.name === name)?.number, number, `${where} in the binary`);
        const generated = registry.getMessage(entry.message)?.fields.find((field) => field.name === name);
        assert.equal(generated?.number, number, `${where} in the generated types`);
      }
    }
  });
});

/**
 * Turns a FileDescriptorSet of the Envoy API into TypeScript under `src/envoy/generated/`.
 *
 * Usage: main.ts DESCRIPTOR_SET IMAGE
 *
 * Reads the set that extract.py wrote, adds google/protobuf, applies the overlay, keeps what the v3 API needs and writes
 * the image that buf generates from.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { clone, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { overlay, overlayRules } from "../../src/envoy/overlay.ts";
import { applyOverlay, jsonName, sortByImports } from "./overlay.ts";

const wellKnown = [
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/** The files of the v3 API and everything they import. */
function prune(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const kept = new Set<FileDescriptorProto>();
  const keep = (name: string): void => {
    const file = byName.get(name);
    if (file === undefined || kept.has(file)) return;
    kept.add(file);
    for (const dependency of file.dependency) keep(dependency);
  };
  for (const file of files) if (/^(envoy|xds)\/(.*\/)?v3\//.test(file.name)) keep(file.name);
  return [...kept];
}

/** Fills in the JSON names, which runtimes strip from their embedded descriptors. */
function nameForJson(message: DescriptorProto): void {
  for (const field of message.field) field.jsonName = jsonName(field.name);
  for (const nested of message.nestedType) nameForJson(nested);
}

/** The image for buf: everything Weir may use, each file after its imports. */
export function buildImage(set: FileDescriptorSet): FileDescriptorSet {
  const files = [...set.file];
  for (const known of wellKnown) {
    const name = `${known.name}.proto`;
    if (!files.some((file) => file.name === name))
      files.push(Object.assign(clone(FileDescriptorProtoSchema, known.proto), { name }));
  }
  for (const file of files) for (const message of file.messageType) nameForJson(message);
  applyOverlay(files, overlay, overlayRules);
  return create(FileDescriptorSetSchema, { file: sortByImports(prune(files)) });
}

const [, , input, output] = process.argv;
if (input === undefined || output === undefined) throw new Error("usage: main.ts DESCRIPTOR_SET IMAGE");
writeFileSync(
  output,
  toBinary(FileDescriptorSetSchema, buildImage(fromBinary(FileDescriptorSetSchema, readFileSync(input)))),
);

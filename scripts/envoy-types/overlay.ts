/** Applies the overlay table to file descriptors. */
import { create, createFileRegistry, fromJson, setExtension } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  type FieldOptions,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { OverlayEntry, OverlayField, OverlayRule, OverlayRuleEntry } from "../../src/envoy/overlay.ts";

const scalars: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bool: Type.BOOL,
  uint32: Type.UINT32,
  uint64: Type.UINT64,
};

/** The name protobuf gives a field in JSON: lower camel case. */
export function jsonName(field: string): string {
  return field.replace(/_+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "");
}

/** Full message name → path of the file that declares it. */
function declaringFiles(files: readonly FileDescriptorProto[]): Map<string, string> {
  const found = new Map<string, string>();
  const add = (file: string, prefix: string, message: DescriptorProto): void => {
    found.set(`${prefix}.${message.name}`, file);
    for (const nested of message.nestedType) add(file, `${prefix}.${message.name}`, nested);
  };
  for (const file of files) for (const message of file.messageType) add(file.name, file.package, message);
  return found;
}

function findMessage(file: FileDescriptorProto, name: string): DescriptorProto | undefined {
  let level = file.messageType;
  let found: DescriptorProto | undefined;
  for (const part of name.slice(file.package.length + 1).split(".")) {
    found = level.find((message) => message.name === part);
    if (found === undefined) return undefined;
    level = found.nestedType;
  }
  return found;
}

/**
 * Adds the fields, messages and files of the overlay to `files` in place.
 *
 * Throws when a field is already there under the same name or number: the packaged descriptors have caught up, and the
 * entry must go.
 */
export function applyOverlay(
  files: FileDescriptorProto[],
  overlay: readonly OverlayEntry[],
  overlayRules: readonly OverlayRuleEntry[],
): void {
  const ruleOptions = ruleEncoder(files);
  for (const { message, field, rules } of overlayRules) addRule(files, message, field, ruleOptions(rules));
  for (const entry of overlay) {
    let file = files.find((candidate) => candidate.name === entry.file);
    if (file === undefined) {
      const dot = entry.message.lastIndexOf(".");
      file = create(FileDescriptorProtoSchema, {
        name: entry.file,
        package: entry.message.slice(0, dot),
        syntax: "proto3",
      });
      files.push(file);
    }
    let message = findMessage(file, entry.message);
    if (message === undefined) {
      const name = entry.message.slice(file.package.length + 1);
      if (name.includes(".")) throw new Error(`overlay: ${entry.message}: only top-level messages can be created`);
      message = create(DescriptorProtoSchema, { name });
      file.messageType.push(message);
    }
    for (const field of entry.fields) addField(message, entry.message, field, ruleOptions);
  }
  addImports(files, overlay);
}

function addRule(
  files: readonly FileDescriptorProto[],
  messageName: string,
  fieldName: string,
  options: FieldOptions,
): void {
  const found = files
    .filter((file) => messageName.startsWith(`${file.package}.`))
    .map((file) => findMessage(file, messageName)?.field.find((field) => field.name === fieldName))
    .find((field) => field !== undefined);
  if (found === undefined) throw new Error(`overlay: there is no field ${messageName}.${fieldName}`);
  if (found.options !== undefined) throw new Error(`overlay: ${messageName}.${fieldName} has options already`);
  found.options = options;
}

function addField(
  message: DescriptorProto,
  messageName: string,
  field: OverlayField,
  ruleOptions: (rule: OverlayRule) => FieldOptions,
): void {
  if (message.field.some((known) => known.name === field.name || known.number === field.number)) {
    throw new Error(`overlay: ${messageName}.${field.name} = ${field.number} exists already; drop the entry`);
  }
  const scalar = scalars[field.type];
  message.field.push(
    create(FieldDescriptorProtoSchema, {
      name: field.name,
      number: field.number,
      jsonName: jsonName(field.name),
      label: field.repeated === true ? Label.REPEATED : Label.OPTIONAL,
      ...(scalar === undefined ? { type: Type.MESSAGE, typeName: `.${field.type}` } : { type: scalar }),
      ...(field.rules === undefined ? {} : { options: ruleOptions(field.rules) }),
    }),
  );
}

/** Gives each file of the overlay the imports that its new fields need. */
function addImports(files: readonly FileDescriptorProto[], overlay: readonly OverlayEntry[]): void {
  const declaredIn = declaringFiles(files);
  for (const entry of overlay) {
    const file = files.find((candidate) => candidate.name === entry.file);
    for (const field of entry.fields) {
      const needed = field.type in scalars ? [] : [declaredIn.get(field.type)];
      if (field.rules !== undefined) needed.push("validate/validate.proto");
      for (const path of needed) {
        if (path === undefined) throw new Error(`overlay: ${entry.message}.${field.name}: unknown type ${field.type}`);
        if (file !== undefined && path !== file.name && !file.dependency.includes(path)) file.dependency.push(path);
      }
    }
  }
}

/** Builds field options that carry a `validate.rules` extension, whose own descriptor is among the files. */
function ruleEncoder(files: readonly FileDescriptorProto[]) {
  const validate = files.filter(
    (file) => file.name.startsWith("validate/") || file.name.startsWith("google/protobuf/"),
  );
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: sortByImports(validate) }));
  const extension = registry.getExtension("validate.rules");
  const rules = registry.getMessage("validate.FieldRules");
  if (extension === undefined || rules === undefined) throw new Error("overlay: validate.rules is not among the files");
  return (rule: OverlayRule) => {
    const options = create(FieldOptionsSchema);
    setExtension(options, extension, fromJson(rules, rule));
    return options;
  };
}

/** Orders files so that each comes after what it imports. Throws on an import that is not among them. */
export function sortByImports(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const sorted = new Set<FileDescriptorProto>();
  const visit = (name: string, from: string): void => {
    const file = byName.get(name);
    if (file === undefined) throw new Error(`${from} imports ${name}, which is missing`);
    if (sorted.has(file)) return;
    for (const dependency of file.dependency) visit(dependency, name);
    sorted.add(file);
  };
  for (const name of [...byName.keys()].sort()) visit(name, name);
  return [...sorted];
}

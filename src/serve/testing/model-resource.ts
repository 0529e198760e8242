import type { Any } from "@bufbuild/protobuf/wkt";
import { type ResourceType, typeUrls } from "../../xds/resource.ts";

/** A resource made by `test-plans.ts`, as a client reads it. */
export interface HeldResource {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
  readonly text: string;
  readonly content: string;
  readonly endpoints: string | undefined;
  readonly secrets: readonly string[];
  readonly extensions: readonly string[];
  readonly tables: readonly string[];
  /** Of a route table. */
  readonly hosts: readonly HeldHost[];
}

export interface HeldHost {
  readonly name: string;
  readonly content: string;
  readonly text: string;
  readonly clusters: readonly string[];
}

export function parseResource(type: ResourceType, version: string, any: Any | undefined): HeldResource {
  if (any?.typeUrl !== typeUrls[type]) throw new Error(`a ${type} response holds a ${any?.typeUrl}`);
  const text = Buffer.from(any.value).toString();
  const lines = text.split("\n").filter((line) => line !== "");
  const head = object(lines[0] ?? "");
  const requires = Reflect.get(head, "requires");
  const required = (kind: string) => (isObject(requires) ? strings(Reflect.get(requires, kind)) : []);
  const endpoints = Reflect.get(head, "endpoints");
  const hosts = type === "route" ? lines.slice(1).map(parseHost) : [];
  const headText = type === "route" ? String(Reflect.get(head, "head")) : String(Reflect.get(head, "content"));
  return {
    type,
    name: type === "route" ? String(Reflect.get(head, "table")) : String(Reflect.get(head, "name")),
    version,
    text,
    content: headText,
    endpoints: typeof endpoints === "string" ? endpoints : undefined,
    secrets: required("secrets"),
    extensions: required("extensions"),
    tables: strings(Reflect.get(head, "tables")),
    hosts,
  };
}

function parseHost(line: string): HeldHost {
  const host = object(line);
  return {
    name: String(Reflect.get(host, "name")),
    content: String(Reflect.get(host, "content")),
    text: line,
    clusters: strings(Reflect.get(host, "clusters")),
  };
}

function object(json: string): object {
  const value: unknown = JSON.parse(json);
  if (!isObject(value)) throw new Error(`not an object: ${json}`);
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import { parseMediaType } from "../media-types.ts";
import { asObject, depthOf, MAX_DEPTH, parseJson } from "../patch/json-value.ts";

const accepted = ["application/json", "application/yaml"];

const protobuf = "application/vnd.kubernetes.protobuf";

export interface RequestBody {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** The object a request carries. Throws the API's 400 or 415. */
export async function readBody({ contentType, bytes }: RequestBody): Promise<JsonObject> {
  if (bytes.length === 0) throw badRequest("the request has no body");
  const { type } = parseMediaType(contentType);
  if (type === protobuf) return readProtobuf(bytes);
  const body = textOf(bytes);
  if (type !== "" && !accepted.includes(type)) throw unsupportedMediaType(accepted);
  const value = type === "application/yaml" ? await parseYamlBody(body) : parseJson(body);
  if (depthOf(value) > MAX_DEPTH) throw badRequest(`the object is nested deeper than ${MAX_DEPTH} levels`);
  return asObject(value, "the request's body");
}

/** Throws the API's 400 for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badRequest("the request's body is not UTF-8");
  }
}

/** What kubectl's own `create` commands send. The decoder is loaded when one comes. */
async function readProtobuf(bytes: Uint8Array): Promise<JsonObject> {
  const { decodeKubernetesProtobuf } = await import("../protobuf/decode.ts");
  let decoded: JsonObject | undefined;
  try {
    decoded = decodeKubernetesProtobuf(bytes);
  } catch (error) {
    throw badRequest(
      `the request is not in the protobuf encoding of Kubernetes: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (decoded === undefined) throw unsupportedMediaType(accepted);
  return decoded;
}

/** YAML is rare here, and its parser takes a while to load. Aliases are refused: a few lines of them make gigabytes. */
async function parseYamlBody(text: string): Promise<Json> {
  const { parse } = await import("yaml");
  try {
    const value: Json = parse(text, { maxAliasCount: 0 });
    return value;
  } catch (error) {
    throw badRequest(`the request is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

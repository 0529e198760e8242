import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import { parseMediaType } from "../media-types.ts";
import { asObject, depthOf, MAX_DEPTH, parseJson } from "../patch/json-value.ts";

const accepted = ["application/json", "application/yaml"];

/** The object a request carries. Throws the API's 400 or 415. */
export async function readBody({
  contentType,
  body,
}: {
  readonly contentType: string;
  readonly body: string;
}): Promise<JsonObject> {
  if (body.trim() === "") throw badRequest("the request has no body");
  const { type } = parseMediaType(contentType);
  if (type !== "" && !accepted.includes(type)) throw unsupportedMediaType(accepted);
  const value = type === "application/yaml" ? await parseYamlBody(body) : parseJson(body);
  if (depthOf(value) > MAX_DEPTH) throw badRequest(`the object is nested deeper than ${MAX_DEPTH} levels`);
  return asObject(value, "the request's body");
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

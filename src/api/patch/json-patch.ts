import { isDeepStrictEqual } from "node:util";
import { isList, isObject, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { ApiError, badRequest } from "../api-error.ts";
import { field, withField, withoutField } from "./json-value.ts";

const MAX_OPERATIONS = 10_000;

/** JSON Patch (RFC 6902). All operations succeed, or the error of the first that does not is thrown: 400 for nonsense, 422 for a miss. */
export function applyJsonPatch(target: Json, patch: Json): Json {
  if (!isList(patch)) throw badRequest("a JSON patch is a list of operations");
  if (patch.length > MAX_OPERATIONS) {
    throw new ApiError(
      413,
      "RequestEntityTooLarge",
      `the allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch.reduce<Json>(applyOperation, target);
}

function applyOperation(document: Json, operation: Json): Json {
  if (!isObject(operation)) throw badRequest("an operation of a JSON patch is an object");
  const kind = textAt(operation, "op");
  const path = pointer(operation, "path");
  switch (kind) {
    case "add":
      return add(document, path, operand(operation));
    case "remove":
      return remove(document, path);
    case "replace":
      // RFC 6902 wants the target to exist. The API server only wants its parent, and clients rely on that.
      read(document, path.slice(0, -1));
      return replace(document, path, operand(operation));
    case "move": {
      const from = pointer(operation, "from");
      const value = read(document, from);
      if (from.length < path.length && from.every((step, index) => step === path[index])) {
        throw missed("a value cannot be moved into itself");
      }
      return add(remove(document, from), path, value);
    }
    case "copy":
      return add(document, path, read(document, pointer(operation, "from")));
    case "test":
      if (!isDeepStrictEqual(read(document, path), operand(operation)))
        throw missed(`testing value ${show(path)} failed`);
      return document;
    default:
      throw badRequest(`unknown operation of a JSON patch: ${JSON.stringify(operation.op)}`);
  }
}

function operand(operation: { readonly [name: string]: Json | undefined }): Json {
  const value = field(operation, "value");
  if (value === undefined) throw badRequest(`the operation ${String(textAt(operation, "op"))} needs a value`);
  return value;
}

/** RFC 6901: `~1` stands for a slash, `~0` for a tilde. */
function pointer(operation: Json, name: "path" | "from"): readonly string[] {
  const text = textAt(operation, name);
  if (text === undefined) throw badRequest(`an operation of a JSON patch needs ${name}`);
  if (text === "") return [];
  if (!text.startsWith("/")) throw badRequest(`${JSON.stringify(text)} is no JSON pointer: it starts with a slash`);
  return text
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: Json, path: readonly string[]): Json {
  let at: Json | undefined = document;
  for (const step of path) {
    if (isList(at)) at = at[index(step, at.length - 1, path)];
    else at = isObject(at) ? field(at, step) : undefined;
  }
  if (at === undefined) throw missed(`there is nothing at ${show(path)}`);
  return at;
}

function add(document: Json, path: readonly string[], value: Json): Json {
  return change(
    document,
    path,
    (parent, step) => {
      if (!isList(parent)) return isObject(parent) ? withField(parent, step, value) : undefined;
      const position = step === "-" ? parent.length : index(step, parent.length, path);
      return parent.toSpliced(position, 0, value);
    },
    value,
  );
}

function replace(document: Json, path: readonly string[], value: Json): Json {
  return change(
    document,
    path,
    (parent, step) => {
      if (isList(parent)) return parent.with(index(step, parent.length - 1, path), value);
      return isObject(parent) ? withField(parent, step, value) : undefined;
    },
    value,
  );
}

function remove(document: Json, path: readonly string[]): Json {
  read(document, path);
  return change(
    document,
    path,
    (parent, step) => {
      if (isList(parent)) return parent.toSpliced(index(step, parent.length - 1, path), 1);
      return isObject(parent) ? withoutField(parent, step) : undefined;
    },
    null,
  );
}

/** Rebuilds the containers on the way; `whole` takes the place of the document where the path is empty. */
function change(
  document: Json,
  path: readonly string[],
  edit: (parent: Json, step: string) => Json | undefined,
  whole: Json,
): Json {
  const [step, ...rest] = path;
  if (step === undefined) return whole;
  if (rest.length === 0) {
    const edited = edit(document, step);
    if (edited === undefined) throw missed(`${show(path)} is inside something that has no fields`);
    return edited;
  }
  const inner = change(read(document, [step]), rest, edit, whole);
  if (isList(document)) return document.with(Number(step), inner);
  return isObject(document) ? withField(document, step, inner) : document;
}

function index(step: string, last: number, path: readonly string[]): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(step)) throw missed(`${show(path)}: ${JSON.stringify(step)} is no index of a list`);
  const position = Number(step);
  if (position > last) throw missed(`${show(path)}: the list is too short`);
  return position;
}

function show(path: readonly string[]): string {
  return JSON.stringify(path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""));
}

/** The API server answers 422 where a patch does not fit the object. */
function missed(message: string): ApiError {
  return new ApiError(422, "Invalid", `the server rejected our request due to an error in our request: ${message}`, {});
}

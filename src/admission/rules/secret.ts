import { isDeepStrictEqual } from "node:util";
import { isObject, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import type { ObjectRule, RuleViolation, UpdateRule } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";

/** The API server's validation of core/v1 Secret and ConfigMap. No message holds a value. */

/** Bytes of all values together (core.MaxSecretSize). */
const maxTotalSize = 1024 * 1024;

export const dataKeys: FieldRule = {
  name: "data-keys",
  check: (data) =>
    isObject(data)
      ? Object.keys(data).flatMap((key) =>
          /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== "." && key !== ".." && !key.startsWith("..")
            ? []
            : [
                {
                  path: [key],
                  message: `"${key}" is no key: up to 253 letters, digits, "-", "_" and ".", not starting with ".."`,
                },
              ],
        )
      : [],
};

/** Standard base64, with padding, as encoding/base64 reads it: line breaks are skipped. */
export const base64Value: FieldRule = {
  name: "base64-value",
  check: (value) =>
    typeof value === "string" &&
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replaceAll(/[\r\n]/g, ""))
      ? [{ path: [], message: "is not base64", hint: "Put plain text under stringData, where Weir encodes it." }]
      : [],
};

function sizeOf(values: JsonObject, encoded: boolean): number {
  let size = 0;
  for (const value of Object.values(values)) {
    if (typeof value === "string") size += Buffer.byteLength(value, encoded ? "base64" : "utf8");
  }
  return size;
}

function tooLarge(size: number): RuleViolation[] {
  return size <= maxTotalSize
    ? []
    : [{ path: [], message: `holds ${size} bytes in all; at most ${maxTotalSize} are allowed` }];
}

const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["kubernetes.io/tls", ["tls.crt", "tls.key"]],
  ["kubernetes.io/ssh-auth", ["ssh-privatekey"]],
  ["kubernetes.io/dockercfg", [".dockercfg"]],
  ["kubernetes.io/dockerconfigjson", [".dockerconfigjson"]],
]);

export const secretFitsType: ObjectRule = (secret) => {
  const type = textAt(secret, "type") ?? "";
  const data = objectAt(secret, "data");
  const missing = (requiredKeys.get(type) ?? []).filter((key) => data[key] === undefined);
  if (type === "kubernetes.io/basic-auth" && data.username === undefined && data.password === undefined) {
    missing.push("username");
  }
  return missing.map((key) => ({ path: ["data", key], message: `is required in a Secret of type ${type}` }));
};

export const secretSize: ObjectRule = (secret) => tooLarge(sizeOf(objectAt(secret, "data"), true));

export const configMapSize: ObjectRule = (configMap) =>
  tooLarge(sizeOf(objectAt(configMap, "data"), false) + sizeOf(objectAt(configMap, "binaryData"), true));

export const keyInOneBag: ObjectRule = (configMap) => {
  const binary = objectAt(configMap, "binaryData");
  return Object.keys(objectAt(configMap, "data"))
    .filter((key) => Object.hasOwn(binary, key))
    .map((key) => ({ path: ["data", key], message: "is a key of binaryData too" }));
};

/** An object marked immutable keeps its data and the mark. */
export const immutableData =
  (...fields: readonly string[]): UpdateRule =>
  (previous, object) => {
    if (previous.immutable !== true) return [];
    const changed = (field: string, value: Json | undefined): boolean => !isDeepStrictEqual(previous[field], value);
    return [...fields, "immutable"]
      .filter((field) => changed(field, object[field]))
      .map((field) => ({
        path: [field],
        message: "cannot be changed: the object is immutable",
        hint: "Delete the object and create it anew.",
      }));
  };

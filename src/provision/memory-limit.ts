import { isObject, listAt, textAt, valueAt } from "../model/json.ts";
import type { ProxySettings } from "../model/proxy-request.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { patched } from "./patch-template.ts";

/** The container of a proxy's pod. */
export const proxyContainer = "envoy";

const mebibyte = 2 ** 20;

/** What Envoy has beside its heap: stacks, tables that the loader fills in, and what its allocator keeps for itself. */
const beside = { bytes: 32 * mebibyte, share: 0.1 };

/** A heap that is smaller would be full from the start: such a limit cannot be kept, with or without a warning. */
const smallestHeap = 32 * mebibyte;

/**
 * The heap at which an Envoy of this container counts as full, in bytes: what its memory limit leaves for it, so that it turns work away before the
 * kernel ends it with all its connections. Undefined where there is no limit, or one too small to do anything about.
 */
export function heapLimit(settings: Pick<ProxySettings, "resources" | "podTemplate">): number | undefined {
  const limit = bytesOf(valueAt(containerOf(settings), "resources", "limits", "memory"));
  if (limit === undefined) return undefined;
  const heap = Math.floor(limit - Math.max(beside.bytes, limit * beside.share));
  return heap < smallestHeap ? undefined : heap;
}

/** What users say of the container, in a ProxyClass's `resources` and in the template laid over it. */
function containerOf({ resources, podTemplate }: Pick<ProxySettings, "resources" | "podTemplate">): JsonObject {
  const own: JsonObject = resources === undefined ? {} : { resources };
  const patch = listAt(podTemplate, "spec", "containers").find((each) => textAt(each, "name") === proxyContainer);
  return isObject(patch) ? patched(own, patch) : own;
}

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** A quantity as Kubernetes writes them (`512Mi`, `1.5G`, `1e9`, 1000); undefined for anything else. */
export function bytesOf(quantity: Json | undefined): number | undefined {
  if (typeof quantity === "number") return quantity;
  const parts =
    typeof quantity === "string" ? /^(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/.exec(quantity) : null;
  if (parts === null) return undefined;
  const [, digits = "", exponent = "", suffix = ""] = parts;
  const value = Number(digits + exponent);
  if (binary.includes(suffix)) return value * 1024 ** binary.indexOf(suffix);
  return decimal.includes(suffix) ? value * 1000 ** (decimal.indexOf(suffix) - decimal.indexOf("")) : undefined;
}

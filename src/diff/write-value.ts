import { SecretText } from "../model/gateway.ts";

/** Fields that only tell where something comes from or how it is named; proxies behave the same whatever they hold. */
const bookkeeping: readonly string[] = ["origin", "instance", "creationTimestamp"];

/** Fields with text that is long or not to be shown: key sets may hold shared secrets. */
const unshown: readonly string[] = ["jwks", "certificates", "certificateChain"];

/** A value of the model for a person: `set: x-a: 1; remove: x-b`. Secrets, key material and long texts are not shown. */
export function writeValue(value: unknown): string {
  if (value instanceof SecretText) return value.toString();
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(writeItem).join(", ");
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).filter(([name, part]) => !bookkeeping.includes(name) && !isEmpty(part));
    const [first, ...rest] = parts;
    // "kind: direct" reads better as "direct".
    if (first?.[0] === "kind") {
      const more = rest.map(writePart).join("; ");
      return more === "" ? String(first[1]) : `${String(first[1])} (${more})`;
    }
    if (isNameAndValue(value)) return `${value.name}: ${value.value}`;
    return parts.map(writePart).join("; ");
  }
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** The same for comparing: complete, secrets by their digest. Never to be shown or kept. */
export function identityOf(value: unknown): string {
  if (value instanceof SecretText) return value.digest;
  if (Array.isArray(value)) return `[${value.map(identityOf).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).filter(([name, part]) => !bookkeeping.includes(name) && part !== undefined);
    const sorted = parts.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([name, part]) => `${JSON.stringify(name)}:${identityOf(part)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "";
}

/** "requestMs" → "request ms": names of fields as words. */
export function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll("-", " ");
}

function writePart([name, part]: readonly [string, unknown]): string {
  if (unshown.includes(name) && typeof part === "string") return `${words(name)}: (not shown)`;
  return `${words(name)}: ${writeValue(part)}`;
}

function writeItem(item: unknown): string {
  const text = writeValue(item);
  return text.includes("; ") || text.includes(", ") ? `{ ${text} }` : text;
}

function isEmpty(part: unknown): boolean {
  return part === undefined || part === "" || (Array.isArray(part) && part.length === 0);
}

function isNameAndValue(value: object): value is { readonly name: string; readonly value: string } {
  const { length } = Object.keys(value);
  return length === 2 && "name" in value && "value" in value && typeof value.value === "string";
}

import { createPublicKey, type webcrypto } from "node:crypto";

/** Why Envoy would refuse a JSON Web Key Set: it wants at least one key that it can use, and one bad set spoils the providers of all rules. */
export function keySetProblem(jwks: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(jwks);
  } catch {
    return "the key set is not JSON";
  }
  const keys = field(parsed, "keys");
  if (!Array.isArray(keys)) return "the key set has no list of keys";
  return keys.some(usable) ? undefined : "the key set has no usable public key";
}

/** Why Envoy would refuse the address of a key set. */
export function keyUrlProblem(url: string): string | undefined {
  const usable = /^https?:\/\/[\x21-\x7e]+$/.test(url) && URL.canParse(url);
  return usable ? undefined : `${JSON.stringify(url)} is no address of a key set`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function usable(key: unknown): boolean {
  const type = field(key, "kty");
  if (type === "oct") return typeof field(key, "k") === "string" && field(key, "k") !== "";
  if (!isKey(key)) return false;
  try {
    createPublicKey({ key, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}

function isKey(value: unknown): value is webcrypto.JsonWebKey {
  return typeof value === "object" && value !== null && ["RSA", "EC", "OKP"].includes(String(field(value, "kty")));
}

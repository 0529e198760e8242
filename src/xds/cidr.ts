import { isIP } from "node:net";

export interface CidrRange {
  readonly addressPrefix: string;
  readonly prefixLen: number;
}

/** "10.0.0.0/8" or a single address as Envoy's range; undefined for what is neither. */
export function parseCidr(text: string): CidrRange | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (slash < 0) return { addressPrefix: address, prefixLen: bits };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  return { addressPrefix: address, prefixLen: Number(length) };
}

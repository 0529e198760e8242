import { isIP } from "node:net";

const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a request's Host names this server. A page in a browser can make a name of its own resolve to the loopback address (DNS
 * rebinding); such requests carry that name.
 */
export function isKnownHost(host: string | undefined, known: ReadonlySet<string>): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return known.has(name);
}

/** The names by which a server on this address may be called. */
export function knownHosts(address: string, further: readonly string[]): ReadonlySet<string> {
  return new Set([...loopbackNames, bracketed(address), ...further.map(bracketed)]);
}

export function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address.toLowerCase()}]` : address.toLowerCase();
}

/** 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291) and localhost (RFC 6761). */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

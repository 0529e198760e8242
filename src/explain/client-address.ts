import { BlockList, isIP } from "node:net";
import type { ClientAddressRule } from "../model/gateway.ts";
import type { HeaderValue } from "../model/step.ts";
import type { Entry } from "./explanation.ts";

/** The address that counts as the client's, and by which rule. */
export function findClientAddress(
  rule: ClientAddressRule,
  peer: string,
  headers: readonly HeaderValue[],
): Entry["clientAddress"] {
  const forwarded = headers
    .filter(({ name }) => name.toLowerCase() === "x-forwarded-for")
    .flatMap(({ value }) => value.split(","))
    .map((address) => address.trim());
  switch (rule.kind) {
    case "direct":
      return { address: peer, because: "the other end of the connection" };
    case "proxy-protocol":
      return { address: peer, because: "what the PROXY header names" };
    case "trusted-hops": {
      const address = rule.hops === 0 ? undefined : forwarded.at(-rule.hops);
      if (address !== undefined && isIP(address) !== 0) {
        return { address, because: `number ${rule.hops} from the right in X-Forwarded-For` };
      }
      return {
        address: peer,
        because: `the other end of the connection: X-Forwarded-For holds fewer than ${rule.hops} addresses`,
      };
    }
    case "trusted-cidrs": {
      if (!isInAny(peer, rule.cidrs))
        return { address: peer, because: "the other end of the connection, which is no trusted proxy" };
      const address = forwarded.findLast((candidate) => !isInAny(candidate, rule.cidrs));
      if (address !== undefined && isIP(address) !== 0) {
        return { address, because: "the rightmost address in X-Forwarded-For that is no trusted proxy" };
      }
      const [first] = forwarded;
      if (address === undefined && first !== undefined) {
        return { address: first, because: "the first address in X-Forwarded-For, which names trusted proxies alone" };
      }
      return { address: peer, because: "the other end of the connection: X-Forwarded-For names no address" };
    }
  }
}

/** Whether an address lies within one of the networks; networks and addresses that do not parse never match. */
export function isInAny(address: string, cidrs: readonly string[]): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  const family = isIP(plain);
  if (family === 0) return false;
  return cidrs.some((cidr) => {
    const [network = "", bits] = cidr.split("/");
    const networkFamily = isIP(network);
    if (networkFamily !== family) return false;
    const list = new BlockList();
    const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) return false;
    list.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
    return list.check(plain, family === 4 ? "ipv4" : "ipv6");
  });
}

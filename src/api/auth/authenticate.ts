import { unauthorized } from "../api-error.ts";
import { hashOf } from "./access-files.ts";
import type { Identity } from "./identity.ts";
import type { KnownToken } from "./token-file.ts";

export type Authenticate = (authorization: string | undefined) => Identity;

/**
 * Who a bearer token (RFC 6750) belongs to; throws the API's 401. Tokens are looked up by their hash, so that the time it takes tells
 * nothing about how much of a guess is right.
 */
export function authenticateTokens(tokens: () => readonly KnownToken[]): Authenticate {
  let known: readonly KnownToken[] | undefined;
  let byHash = new Map<string, Identity>();
  return (authorization) => {
    const current = tokens();
    if (current !== known) {
      known = current;
      byHash = new Map(current.map(({ hash, identity }) => [hash, identity]));
    }
    const match = /^Bearer +([^\s]+) *$/i.exec(authorization ?? "");
    const identity = match?.[1] === undefined ? undefined : byHash.get(hashOf(match[1]));
    if (identity === undefined) throw unauthorized();
    return identity;
  };
}

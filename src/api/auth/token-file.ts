import { isList, isObject, listAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { type Grant, type Identity, type Verb, verbs } from "./identity.ts";

/** A token that was given out: only its hash is kept. */
export interface KnownToken {
  /** SHA-256 of the token, in hexadecimal. */
  readonly hash: string;
  readonly identity: Identity;
}

/** A file of tokens that cannot be used. The API does not start with it: guessing what was meant could grant too much. */
export class TokenFileError extends Error {
  constructor(path: string, problem: string) {
    super(`the token file ${path} cannot be used: ${problem}`);
    this.name = "TokenFileError";
  }
}

/** `{"tokens": [{"name", "sha256", "grants": [{"verbs", "kinds", "namespaces", "paths"}]}]}`. Missing lists grant nothing. */
export function parseTokenFile(text: string, path: string): readonly KnownToken[] {
  let content: Json;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new TokenFileError(path, `it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isObject(content) || !isList(content.tokens)) throw new TokenFileError(path, 'it has no list "tokens"');
  return content.tokens.map((token, index) => {
    const where = `tokens[${index}]`;
    const name = textAt(token, "name") ?? "";
    const hash = textAt(token, "sha256") ?? "";
    if (name === "") throw new TokenFileError(path, `${where}.name is missing`);
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new TokenFileError(path, `${where}.sha256 is no SHA-256 in hexadecimal`);
    const grants = listAt(token, "grants").map((grant, at) => parseGrant(grant, path, `${where}.grants[${at}]`));
    return { hash, identity: { name, grants } };
  });
}

export function formatTokenFile(tokens: readonly KnownToken[]): string {
  const list = tokens.map(({ hash, identity }) => ({ name: identity.name, sha256: hash, grants: identity.grants }));
  return `${JSON.stringify({ tokens: list }, null, 2)}\n`;
}

function parseGrant(grant: Json, path: string, where: string): Grant {
  if (!isObject(grant)) throw new TokenFileError(path, `${where} is not an object`);
  const texts = (field: string): string[] => {
    const value = grant[field];
    if (value === undefined) return [];
    if (!isList(value)) throw new TokenFileError(path, `${where}.${field} is not a list`);
    return value.map((each) => {
      if (typeof each !== "string")
        throw new TokenFileError(path, `${where}.${field} holds something that is not text`);
      return each;
    });
  };
  const known = texts("verbs").map((verb) => {
    if (!isVerb(verb)) throw new TokenFileError(path, `${where}.verbs: ${verb} is none of *, ${verbs.join(", ")}`);
    return verb;
  });
  return { verbs: known, kinds: texts("kinds"), namespaces: texts("namespaces"), paths: texts("paths") };
}

function isVerb(text: string): text is Verb | "*" {
  return text === "*" || verbs.some((verb) => verb === text);
}

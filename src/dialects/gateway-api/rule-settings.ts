import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Affinity, Retry, Rule } from "../../model/rule.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { parseDuration } from "../../references/duration.ts";
import { type ReadResult, reject } from "./value-matches.ts";

/** Retries where a rule asks for them without a number; the specification leaves it open. */
const defaultRetries = 2;

type Settings = Pick<Rule, "timeouts" | "retry" | "affinity">;

/** Timeouts, retries and session persistence of a rule. */
export function readSettings(object: SourceObject, rule: Json, ruleIndex: number): ReadResult<Settings> {
  const at = ["spec", "rules", ruleIndex] as const;
  const request = readDuration(object, rule, at, "timeouts", "request");
  if ("rejection" in request) return request;
  const backend = readDuration(object, rule, at, "timeouts", "backendRequest");
  if ("rejection" in backend) return backend;
  const backoff = readDuration(object, rule, at, "retry", "backoff");
  if ("rejection" in backoff) return backoff;
  const session = readDuration(object, rule, at, "sessionPersistence", "absoluteTimeout");
  if ("rejection" in session) return session;
  const timeouts = {
    ...(request.value === undefined || request.value === 0 ? {} : { requestMs: request.value }),
    ...(backend.value === undefined || backend.value === 0 ? {} : { backendRequestMs: backend.value }),
  };
  const retry = readRetry(rule, backoff.value);
  const affinity = readAffinity(rule, session.value);
  return {
    value: {
      timeouts,
      ...(retry === undefined ? {} : { retry }),
      ...(affinity === undefined ? {} : { affinity }),
    },
  };
}

/** Milliseconds; "0s" stands for no limit. */
function readDuration(
  object: SourceObject,
  rule: Json,
  at: readonly (string | number)[],
  ...path: readonly string[]
): ReadResult<number | undefined> {
  const text = textAt(rule, ...path);
  if (text === undefined) return { value: undefined };
  const value = parseDuration(text);
  if (value !== undefined) return { value };
  const message = `${JSON.stringify(text)} is no duration.`;
  return reject(object, [...at, ...path], "WR0303", message, "Write it like 500ms, 10s or 1h30m.");
}

/** A retry stanza also retries connections that fail or are reset (HTTPRouteRetry). */
function readRetry(rule: Json, backoffMs: number | undefined): Retry | undefined {
  const retry = valueAt(rule, "retry");
  if (retry === undefined) return undefined;
  const statusCodes = listAt(retry, "codes").filter((code) => typeof code === "number");
  return {
    attempts: numberAt(retry, "attempts") ?? defaultRetries,
    statusCodes: [...new Set(statusCodes)].sort((a, b) => a - b),
    onConnectFailure: true,
    onReset: true,
    ...(backoffMs === undefined || backoffMs === 0 ? {} : { backoffMs }),
  };
}

/** GEP-1619. The cookie's path is "/", so that all rules for the host share it. */
function readAffinity(rule: Json, absoluteTimeoutMs: number | undefined): Affinity | undefined {
  const session = valueAt(rule, "sessionPersistence");
  if (session === undefined) return undefined;
  const name = textAt(session, "sessionName");
  if (textAt(session, "type") === "Header") return { kind: "header", name: name ?? "x-session" };
  const permanent = textAt(session, "cookieConfig", "lifetimeType") === "Permanent";
  const ttlSeconds = permanent ? Math.ceil((absoluteTimeoutMs ?? 0) / 1000) : 0;
  const cookie = { kind: "cookie", name: name ?? "weir-session", path: "/" } as const;
  return ttlSeconds > 0 ? { ...cookie, ttlSeconds } : cookie;
}

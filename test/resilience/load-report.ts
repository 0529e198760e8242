/** What the load generator and those who start it say to each other: lines of JSON. */
import type { LoopFailure } from "../support/closed-loop.ts";
import type { HttpTarget } from "../support/http-client.ts";

/** Clients of one kind. */
export interface LoadKind {
  readonly name: string;
  readonly protocol: "http1" | "http2";
  /** Whether connections are used again; those of HTTP/2 always are. */
  readonly keep: boolean;
  readonly clients: number;
  /** Requests that each client has under way at a time; for HTTP/1.1 one. */
  readonly streams: number;
  readonly target: HttpTarget;
}

export interface LoadSpecification {
  readonly kinds: readonly LoadKind[];
  readonly pauseMs: number;
}

export type LoadCommand =
  /** Answered once so many further requests of every loop have come to an end. */
  | { readonly what: "more"; readonly each: number }
  /** Lets requests under way finish; the last that is answered. */
  | { readonly what: "stop" };

export interface KindReport {
  readonly name: string;
  /** Whole answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Of the loop that had the fewest. */
  readonly fewestAnswers: number;
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly LoopFailure[];
  readonly connections: number;
  /** Requests sent again because the server had not begun with them. */
  readonly resent: number;
  readonly longestWaitMs: number;
}

export interface LoadReport {
  readonly seconds: number;
  readonly kinds: readonly KindReport[];
}

/**
 * A reporter for node:test that prints what fails as it happens, and at the end one line for main.ts to read: counts and
 * what was skipped, after `summaryMark`. Names each test as it starts, after `startMark`.
 */
import { inspect } from "node:util";
import { type Summary, startMark, summaryMark } from "./summary.ts";

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly file?: string;
    readonly line?: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly message?: string;
    readonly details?: { readonly type?: string; readonly error?: { readonly cause?: unknown } };
  };
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const summary: { -readonly [K in keyof Summary]: Summary[K] } = { passed: 0, failed: 0, skipped: [] };
  const skipped: { test: string; reason: string }[] = [];
  const path: string[] = [];
  for await (const { type, data } of source) {
    const nesting = data.nesting ?? 0;
    if (type === "test:dequeue") yield `${startMark}${data.name ?? ""}\n`;
    if (type === "test:start") path.splice(nesting, path.length, data.name ?? "");
    if (type === "test:stdout" || type === "test:stderr") yield data.message ?? "";
    if (type !== "test:pass" && type !== "test:fail") continue;
    const name = [...path.slice(0, nesting), data.name ?? ""].join(" › ");
    const unfinished = data.skip ?? data.todo;
    if (unfinished !== undefined && unfinished !== false) {
      skipped.push({ test: name, reason: typeof unfinished === "string" ? unfinished : "no reason given" });
    } else if (type === "test:fail") {
      const cause = data.details?.error?.cause ?? data.details?.error;
      // A suite fails because a test in it does, which is reported already, unless it failed by itself.
      if (data.details?.type === "suite" && isSubtestFailure(data.details.error)) continue;
      summary.failed += 1;
      yield `\nFAILED ${name}\n  at ${data.file ?? "?"}:${data.line ?? 0}\n${indent(describe(cause))}\n`;
    } else if (data.details?.type !== "suite") {
      summary.passed += 1;
    }
  }
  yield `${summaryMark}${JSON.stringify({ ...summary, skipped })}\n`;
}

function isSubtestFailure(error: unknown): boolean {
  return error instanceof Error && "failureType" in error && error.failureType === "subtestsFailed";
}

function describe(cause: unknown): string {
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return typeof cause === "string" ? cause : inspect(cause, { depth: 6 });
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

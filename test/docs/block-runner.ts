import assert from "node:assert/strict";
import { type FencedBlock, printsAsShown } from "./fenced-blocks.ts";

export interface CommandOutcome {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly printed: string;
}

export interface BlockRunner {
  /** Carries out the text of a block as a shell would. */
  readonly run: (text: string) => Promise<CommandOutcome>;
  /** What was printed, with what is this run's own (ports, folders) as pages write it. */
  readonly asWritten: (printed: string) => string;
}

/**
 * Carries out one block of a page and compares what it printed with the block after it, if that shows output. A block with the flag
 * `fails` must end with 1, any other with 0.
 */
export async function runBlock(
  page: string,
  { language, flags, text, line }: FencedBlock,
  next: FencedBlock | undefined,
  { run, asWritten }: BlockRunner,
): Promise<void> {
  assert.equal(language, "sh", `${page}:${line}`);
  const { code, printed } = await run(text);
  assert.equal(code, flags.includes("fails") ? 1 : 0, `${page}:${line}\n${text}\n${printed}`);
  if (next?.flags.includes("output") !== true) return;
  const shown = asWritten(printed);
  assert.ok(
    printsAsShown(shown, next.text),
    `${page}:${next.line} shows\n${next.text}\nbut this was printed\n${shown}`,
  );
}

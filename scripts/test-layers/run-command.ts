import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { endProcesses, runVariable } from "./end-processes.ts";

export interface CommandRun {
  readonly environment: NodeJS.ProcessEnv;
  readonly limitMs: number;
  /** Ends the command early. */
  readonly interrupt: AbortSignal;
  readonly onLine: (line: string, stream: "output" | "errors") => void;
}

export type CommandEnd =
  | { readonly kind: "exited"; readonly code: number }
  /** It was ended, with everything that it had started. */
  | { readonly kind: "stopped"; readonly why: string };

/** A process that says nothing for this long hangs. */
const silenceMs = 600_000;

/** Runs a command until it ends, hangs, takes too long or is interrupted. Rejects where there is no such command. */
export async function runCommand([program = "", ...args]: readonly string[], options: CommandRun): Promise<CommandEnd> {
  const { environment, limitMs, interrupt, onLine } = options;
  if (interrupt.aborted) return { kind: "stopped", why: "interrupted" };
  const run = randomUUID();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, [runVariable]: run },
    // The leader of a process group, so that the group can be ended.
    detached: true,
  });
  let why: string | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (reason: string): void => {
    if (stopping !== undefined || child.pid === undefined) return;
    why = reason;
    stopping = endProcesses(child.pid, run).then(() => {
      // A descendant that could not be found may still hold their other ends.
      child.stdout.destroy();
      child.stderr.destroy();
    });
  };
  const onInterrupt = (): void => stop("interrupted");
  const limit = setTimeout(() => stop(`not done after ${limitMs / 60_000} minutes`), limitMs);
  const watchdog = setTimeout(() => stop(`nothing happened for ${silenceMs / 60_000} minutes`), silenceMs);
  interrupt.addEventListener("abort", onInterrupt);
  const follow = (stream: "output" | "errors"): void => {
    createInterface(stream === "output" ? child.stdout : child.stderr).on("line", (line) => {
      watchdog.refresh();
      onLine(line, stream);
    });
  };
  follow("output");
  follow("errors");
  try {
    const [code] = await once(child, "close");
    await stopping;
    if (why !== undefined) return { kind: "stopped", why };
    return { kind: "exited", code: typeof code === "number" ? code : 1 };
  } finally {
    clearTimeout(limit);
    clearTimeout(watchdog);
    interrupt.removeEventListener("abort", onInterrupt);
  }
}

import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfiguration } from "../../config/load.ts";
import { textLog } from "../../control-plane/log.ts";
import { type ControlPlaneProcess, startControlPlane } from "../running/control-plane-process.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured-terminal.ts";
import { runOn, type WeirResult } from "./run-weir.ts";

/** A control plane with its API in this process, on a copy of the quickstart, and commands that talk to it. */
export interface RunningWeir {
  readonly folder: string;
  /** The copied files. */
  readonly files: string;
  readonly process: ControlPlaneProcess;
  run(...words: string[]): Promise<WeirResult>;
  runWith(
    given: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> },
    ...words: string[]
  ): Promise<WeirResult>;
  terminal(): CapturedTerminal;
  close(): Promise<void>;
}

const quickstart = fileURLToPath(new URL("../../../examples/quickstart", import.meta.url));

export async function startWeir(): Promise<RunningWeir> {
  const folder = await mkdtemp(join(tmpdir(), "weir-run-"));
  const files = join(folder, "quickstart");
  await cp(quickstart, files, { recursive: true });
  const environment = { HOME: folder, WEIR_API_PORT: "0", WEIR_PORTS: "80=8080,443=8443" };
  const { configuration } = await loadConfiguration({
    environment,
    workingDirectory: folder,
    flags: new Map([["sources-files", files]]),
    development: true,
  });
  const process = await startControlPlane({
    configuration,
    log: textLog("error", () => undefined),
    now: () => new Date(),
    interrupted: new AbortController().signal,
    onCertificate: () => undefined,
  });
  const terminal = (given: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {}) =>
    capturedTerminal({ ...given, environment: { ...environment, ...given.environment }, workingDirectory: folder });
  return {
    folder,
    files,
    process,
    terminal,
    run: (...words) => runOn(terminal(), words),
    runWith: (given, ...words) => runOn(terminal(given), words),
    close: async () => {
      await process.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Resolves once `holds` does; what it waits for comes from this process, so turns of the event loop are enough. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error("gave up waiting");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

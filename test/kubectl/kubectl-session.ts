import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import type { ReadOverlay } from "../../src/api/read-overlay.ts";
import { type ApiServer, createApiServer } from "../../src/api/server.ts";
import type { JsonObject } from "../../src/model/source-object.ts";
import { openSqliteStore, type SqliteStore } from "../../src/sources/store/sqlite/sqlite-store.ts";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The path of an unmodified kubectl, or why there is none here. Any other failure to build one is a failure of the test. */
export async function findKubectl(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const built = await run(join(import.meta.dirname, "../../scripts/build-kubectl"), [], process.env, 590_000);
  if (built.code === 69) return { missing: "Go is not installed, kubectl cannot be built" };
  assert.equal(built.code, 0, built.stderr);
  return { path: built.stdout.trim() };
}

/** A server of the real API on a store of its own, and kubectl as a person would use it. */
export class KubectlSession {
  readonly directory: string;
  readonly #kubectl: string;
  readonly #store: SqliteStore;
  readonly #server: ApiServer;

  private constructor(kubectl: string, directory: string, store: SqliteStore, server: ApiServer) {
    this.#kubectl = kubectl;
    this.directory = directory;
    this.#store = store;
    this.#server = server;
  }

  static async start(kubectl: string, overlay?: ReadOverlay): Promise<KubectlSession> {
    const directory = mkdtempSync(join(tmpdir(), "weir-kubectl-"));
    // Where Weir keeps its state by default, for a person whose home this is.
    const state = join(directory, ".local/state/weir");
    const store = openSqliteStore({ path: join(state, "weir.db") });
    const server = await createApiServer({
      store,
      definitions: kindDefinitions,
      accessDirectory: state,
      address: "127.0.0.1",
      port: 0,
      version: "0.0.0",
      onError: (error) => console.error(error),
      ...(overlay === undefined ? {} : { overlay }),
    });
    return new KubectlSession(kubectl, directory, store, server);
  }

  /** Runs kubectl and gives what it printed; fails unless it succeeds. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const result = await this.try(args);
    assert.equal(result.code, 0, `kubectl ${args.join(" ")}\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  try(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return run(
      this.#kubectl,
      [...this.#flags(), ...args],
      { ...process.env, HOME: this.directory, ...environment },
      60_000,
    );
  }

  async json(...args: readonly string[]): Promise<JsonObject> {
    const parsed: JsonObject = JSON.parse(await this.kubectl(...args, "-o", "json"));
    return parsed;
  }

  /** Runs lines of a shell that finds kubectl, and this server at the port where Weir listens by default. */
  shell(script: string): Promise<CommandResult> {
    const here = script.replaceAll("127.0.0.1:9347", new URL(this.#server.url).host);
    const environment = {
      ...process.env,
      HOME: this.directory,
      PATH: `${dirname(this.#kubectl)}:${process.env.PATH}`,
      KUBECACHEDIR: join(this.directory, "cache"),
    };
    return run("sh", ["-euc", here], environment, 60_000);
  }

  /** Writes an object to a file and gives its path. JSON is YAML. */
  file(name: string, ...objects: readonly JsonObject[]): string {
    const path = join(this.directory, name);
    writeFileSync(path, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    return path;
  }

  /** Starts a command that goes on printing, such as a watch. */
  follow(args: readonly string[]): { readonly next: () => Promise<string>; readonly stop: () => void } {
    const child = spawn(this.#kubectl, [...this.#flags(), ...args], {
      env: { ...process.env, HOME: this.directory },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return {
      next: async () => {
        const line = await lines.next();
        return line.done === true ? "(the watch has ended)" : line.value;
      },
      stop: () => child.kill(),
    };
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#store.close();
    rmSync(this.directory, { recursive: true });
  }

  #flags(): string[] {
    return ["--kubeconfig", this.#server.kubeconfig, "--cache-dir", join(this.directory, "cache")];
  }
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, timeout: number): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, stdout, stderr: code === -1 ? `${stderr}${error?.message}` : stderr });
    });
  });
}

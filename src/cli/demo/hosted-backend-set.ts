import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { BackendSet, WantedBackend } from "./backend-set.ts";

const startTimeoutMs = 10_000;

/**
 * Demo backends in a process of their own, which goes on when this one is killed and is found again by its socket. It runs only
 * while something is wanted.
 */
export class HostedBackendSet implements BackendSet {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async bring(wanted: readonly WantedBackend[]): Promise<readonly string[]> {
    const connection = (await this.#connect()) ?? (wanted.length === 0 ? undefined : await this.#start());
    if (connection === undefined) return wanted.length === 0 ? [] : ["the demo backends could not be started"];
    try {
      connection.write(`${JSON.stringify(wanted)}\n`);
      for await (const line of createInterface(connection)) return problemsIn(line);
      return ["the demo backends have ended"];
    } catch (error) {
      return [`the demo backends have ended: ${String(error)}`];
    } finally {
      connection.destroy();
    }
  }

  async #start(): Promise<Socket | undefined> {
    // Beside this file, in the sources as in the built package.
    const program = fileURLToPath(import.meta.url).replace("hosted-backend-set", "backend-host");
    const child = spawn(process.execPath, [program, this.#socketPath], { stdio: "ignore", detached: true });
    child.on("error", () => undefined);
    child.unref();
    const deadline = performance.now() + startTimeoutMs;
    while (child.exitCode === null && performance.now() < deadline) {
      const connection = await this.#connect();
      if (connection !== undefined) return connection;
      await wait(20);
    }
    return undefined;
  }

  /** Undefined where nobody answers. */
  async #connect(): Promise<Socket | undefined> {
    const socket = connect(this.#socketPath);
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      socket.destroy();
      return undefined;
    }
  }
}

function problemsIn(line: string): readonly string[] {
  const problems: unknown = JSON.parse(line);
  return Array.isArray(problems) ? problems.map(String) : [];
}

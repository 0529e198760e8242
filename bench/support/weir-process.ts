import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { BenchApi } from "./api.ts";
import { readGauge } from "./gauge.ts";
import { localApi } from "./local-api.ts";

const launcher = new URL("../../bin/weir", import.meta.url).pathname;

/** Weir as a user runs it: `weir up` in a process of its own, with its own Envoy. */
export interface WeirProcess {
  readonly api: BenchApi;
  readonly pid: number;
  /** Of the Envoy it supervises. */
  readonly envoyPid: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts `weir up` on a fresh state directory. `flags` are settings by flag name. */
export async function startWeir(
  folder: string,
  flags: Readonly<Record<string, string>>,
  files: readonly string[] = [],
  command: "up" | "cp" = "up",
): Promise<WeirProcess> {
  const state = join(folder, "state");
  const settings = {
    "state-directory": state,
    "api-port": "0",
    "envoy-concurrency": "1",
    "access-log-format": "off",
    ...flags,
  };
  const words = [command, ...files, ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)];
  const child = spawn(launcher, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_CONFIG_HOME: folder },
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const instance = await until(child, said, async () => readJson(join(state, "running.json")));
  const token = (await readFile(join(state, "token"), "utf8")).trim();
  const url = new URL(textOf(instance, "url"));
  const api = localApi(url, token);
  await until(child, said, async () => ((await api.send("GET", "/readyz")).status === 200 ? true : undefined));
  return {
    api,
    pid: numberOf(instance, "pid"),
    envoyPid: async () => numberOf(await readJson(join(state, "envoy", "envoy.json")), "pid"),
    stop: async () => {
      await api.close();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
    },
  };
}

async function until<T>(
  child: ChildProcess,
  said: readonly string[],
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`weir ended:\n${said.join("")}`);
    const result = await attempt().catch(() => undefined);
    if (result !== undefined) return result;
    await wait(50);
  }
  throw new Error(`weir did not become ready:\n${said.join("")}`);
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function textOf(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  if (typeof field !== "string") throw new Error(`no ${name}`);
  return field;
}

function numberOf(value: unknown, name: string): number {
  const field = fieldOf(value, name);
  if (typeof field !== "number") throw new Error(`no ${name}`);
  return field;
}

export interface ProxiesSynced {
  readonly connected: number;
  readonly synced: number;
}

/** How many proxies are connected, and how many of them have acknowledged everything. */
export async function proxiesSynced(api: BenchApi): Promise<ProxiesSynced> {
  return {
    connected: await readGauge(api, "weir_proxies_connected"),
    synced: await readGauge(api, "weir_proxies_synced"),
  };
}

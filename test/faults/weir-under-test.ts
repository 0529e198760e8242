import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { findPlaces } from "../../src/config/places.ts";
import { type AdminClient, adminClient } from "../../src/dataplane/admin.ts";
import { signalProcess } from "../../src/dataplane/envoy-process.ts";
import { readRunningEnvoy } from "../../src/dataplane/envoy-state.ts";
import { processIdentity } from "../../src/dataplane/process-identity.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { numberAt, objectAt, textAt } from "../../src/model/json.ts";
import type { Json } from "../../src/model/source-object.ts";
import { eventually } from "../e2e/xds-live-proxy.ts";

const launcher = new URL("../../bin/weir", import.meta.url).pathname;

/** A folder of a test's own, with the state of every Weir that is started in it. Nothing outside of it is touched but the cache. */
export interface Place {
  readonly folder: string;
  readonly state: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Makes the folder; when the test is over, the Envoy that was left there is ended and the folder removed. */
export async function freshPlace(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "weir-faults-"));
  const state = join(folder, "state");
  t.after(async () => {
    await endEnvoy(state);
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, state, environment: environmentIn(folder) };
}

/** The places of the XDG Base Directory Specification in a folder; only the cache, with Envoy in it, stays the user's. */
function environmentIn(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    XDG_STATE_HOME: join(folder, "xdg-state"),
    XDG_DATA_HOME: join(folder, "xdg-data"),
    XDG_CONFIG_HOME: join(folder, "xdg-config"),
    XDG_RUNTIME_DIR: join(folder, "xdg-runtime"),
    XDG_CACHE_HOME: join(findPlaces(process.env).cache, ".."),
  };
}

async function endEnvoy(state: string): Promise<void> {
  const left = await readRunningEnvoy(join(state, "envoy", "envoy.json"));
  if (left === undefined) return;
  signalProcess(left.pid, "SIGKILL");
  await eventually(
    async () => (await processIdentity(left.pid)) !== left.identity,
    () => `Envoy ${left.pid} does not end`,
  );
}

/** A line of Weir's log, as JSON. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface ApiAnswer {
  readonly status: number;
  readonly body: Json;
}

/** How a run of Weir ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** `weir up` in a process of its own. */
export interface RunningWeir {
  readonly pid: number;
  readonly url: string;
  readonly envoyAdmin: AdminClient;
  readonly envoyPid: () => Promise<number | undefined>;
  /** What it has logged so far. */
  readonly log: () => readonly LogLine[];
  /** Everything it has written so far, for messages of failed tests. */
  readonly said: () => string;
  /** Resolves with the first line of the log that `isIt` accepts. */
  readonly logged: (isIt: (line: LogLine) => boolean, what: string) => Promise<LogLine>;
  readonly send: (method: string, path: string, body?: Json) => Promise<ApiAnswer>;
  readonly diagnostics: () => Promise<readonly Diagnostic[]>;
  readonly metric: (line: string) => Promise<number>;
  /** SIGKILL: Envoy stays behind. */
  readonly kill: () => Promise<void>;
  /** Closes the reading end of its standard output. */
  readonly stopReading: () => void;
  readonly ended: Promise<Ended>;
  /** Ctrl-C. */
  readonly interrupt: () => Promise<Ended>;
}

/** Runs the command within something else, such as another mount namespace. */
export interface Wrapper {
  readonly words: readonly string[];
  /** What to put before a path to see the file that the process sees under it. */
  readonly view: (pid: number) => string;
}

export interface StartOptions {
  readonly wrapper?: Wrapper;
  readonly command?: "up" | "cp";
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Runs a command of Weir to its end; killed with the test. */
export function runWeir(
  t: TestContext,
  place: Place,
  words: readonly string[],
  { environment, wrapper }: Pick<StartOptions, "environment" | "wrapper"> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended>; readonly said: { output: string; errors: string } } {
  const [program = launcher, ...rest] = [...(wrapper?.words ?? []), launcher, ...words];
  const child = spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...place.environment, ...environment },
    cwd: place.folder,
  });
  const said = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.errors += text));
  const ended = once(child, "close").then(([code, signal]): Ended => ({ code, signal, ...said }));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, ended, said };
}

/** The words of `weir up` on files, on free ports and with the state of the place. */
export function upWords(place: Place, files: readonly string[], options: StartOptions = {}): readonly string[] {
  const flags = {
    "state-directory": place.state,
    "api-port": "0",
    "envoy-concurrency": "1",
    "access-log-format": "off",
    "log-format": "json",
    ...options.flags,
  };
  return [options.command ?? "up", ...files, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

/** Starts `weir up` and waits until its Envoy takes traffic. Undefined where there is no Envoy: the test is then skipped. */
export async function startWeir(
  t: TestContext,
  place: Place,
  files: readonly string[],
  options: StartOptions = {},
): Promise<RunningWeir | undefined> {
  if ((await realEnvoy(t)) === undefined) return undefined;
  await mkdir(place.state, { recursive: true, mode: 0o700 });
  const { child, ended, said } = runWeir(t, place, upWords(place, files, options), options);
  let end: Ended | undefined;
  void ended.then((how) => (end = how));
  const mustRun = () => {
    if (end !== undefined) throw new Error(`weir ended with ${end.code}:\n${end.output}${end.errors}`);
  };
  const everything = () => `${said.output}${said.errors}`;
  await eventually(() => {
    mustRun();
    return said.output.includes("Ctrl-C stops everything.");
  }, everything);
  // Wrappers become the command they run: the number stays.
  const state = `${options.wrapper?.view(child.pid ?? 0) ?? ""}${place.state}`;
  const instance: Json = JSON.parse(await readFile(join(state, "running.json"), "utf8"));
  const url = textAt(instance, "url");
  const pid = numberAt(instance, "pid");
  if (url === undefined || pid === undefined) throw new Error(`running.json is ${JSON.stringify(instance)}`);
  const token = (await readFile(join(state, "token"), "utf8")).trim();
  const log = (): LogLine[] => said.errors.split("\n").flatMap(logLine);
  const raw = (method: string, path: string, body?: Json) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    pid,
    url,
    envoyAdmin: adminClient({ kind: "unix", path: join(state, "envoy", "admin.sock") }),
    envoyPid: async () => (await readRunningEnvoy(join(state, "envoy", "envoy.json")))?.pid,
    log,
    said: everything,
    logged: async (isIt, what) => {
      await eventually(
        () => log().some(isIt),
        () => `the log does not say ${what}:\n${everything()}`,
      );
      const found = log().find(isIt);
      if (found === undefined) throw new Error("the log has lost a line");
      return found;
    },
    send: async (method, path, body) => {
      const answer = await raw(method, path, body);
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
    diagnostics: async () => JSON.parse(await (await raw("GET", "/weir/v1/diagnostics")).text()),
    metric: async (name) => {
      const lines = (await (await raw("GET", "/metrics")).text()).split("\n");
      const found = lines.find((line) => line.startsWith(`${name} `));
      if (found === undefined) throw new Error(`there is no metric ${name}`);
      return Number(found.slice(name.length + 1));
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stopReading: () => void child.stdout?.destroy(),
    ended,
    interrupt: () => {
      child.kill("SIGINT");
      return ended;
    },
  };
}

function logLine(line: string): LogLine[] {
  if (!line.startsWith("{")) return [];
  const parsed: Json = JSON.parse(line);
  const msg = textAt(parsed, "msg");
  return msg === undefined ? [] : [{ ...objectAt(parsed), msg }];
}

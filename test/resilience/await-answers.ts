/** Within the cluster's network: asks until the answers are as wanted. Its first argument is an Awaited in JSON; prints an AwaitedOutcome. */
import { setTimeout as wait } from "node:timers/promises";
import { Http1Client, type HttpAnswer } from "../support/http-client.ts";
import type { Awaited, AwaitedOutcome, WantedAnswer } from "./awaited.ts";

const betweenMs = 50;

/** Undefined where the answer is as wanted. */
function objection({ status, headers, body, certificate }: HttpAnswer, wanted: WantedAnswer): string | undefined {
  if (status !== wanted.status) return `status ${status}: ${body.slice(0, 200)}`;
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    if (headers[name] !== value) return `${name} is ${String(headers[name])}`;
  }
  const pod = wanted.pods === undefined ? undefined : podIn(body);
  if (wanted.pods !== undefined && !wanted.pods.includes(pod ?? "")) return `answered by pod ${pod}`;
  if (wanted.certificate !== undefined && wanted.certificate !== certificate) return `certificate ${certificate}`;
  return undefined;
}

/** The backend's answer names its pod. */
function podIn(body: string): string | undefined {
  return /"pod": *"([^"]+)"/.exec(body)?.[1];
}

async function ask(client: Http1Client, wanted: WantedAnswer): Promise<string | undefined> {
  try {
    return objection(await client.ask(), wanted);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const awaited: Awaited = JSON.parse(process.argv[2] ?? "");
const { wanted, withinMs } = awaited;
const until = Date.now() + withinMs;

async function follow(target: Awaited["targets"][number]): Promise<AwaitedOutcome> {
  const client = new Http1Client(target, { keep: false });
  let objected = "nothing was asked";
  let firstAt = 0;
  for (let inARow = 0; Date.now() < until || inARow > 0; await wait(betweenMs)) {
    const problem = await ask(client, wanted);
    if (problem !== undefined) objected = problem;
    inARow = problem === undefined ? inARow + 1 : 0;
    if (inARow === 1) firstAt = Date.now();
    if (inARow === (wanted.inARow ?? 1)) return { kind: "came", at: firstAt };
  }
  return { kind: "did not come", objection: objected };
}

process.stdout.write(JSON.stringify(await Promise.all(awaited.targets.map(follow))));

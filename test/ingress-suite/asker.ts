/** Asks within the cluster's network what it is told on standard input, one JSON value a line, and tells the answers likewise; ends with its input. */
import { once } from "node:events";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import type { Answer, Answered, Asked, Question } from "./answers.ts";

const requestMs = 2_000;
const pauseMs = 50;

async function ask({ address, host, path, tls }: Question): Promise<Answer> {
  const options = { host: address, path, headers: { host }, agent: false, timeout: requestMs };
  const sent =
    tls === undefined
      ? plainRequest({ ...options, port: 80 })
      : secureRequest({ ...options, port: 443, ca: tls.authority, servername: tls.serverName ?? "" });
  sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
  sent.end();
  try {
    const [response] = await once(sent, "response");
    const { socket } = response;
    const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().subjectaltname : undefined;
    const { location } = response.headers;
    const type: string = response.headers["content-type"] ?? "";
    const echoed: unknown = type.startsWith("application/json") ? await json(response) : void response.resume();
    return {
      status: response.statusCode,
      ...(hasService(echoed) ? { service: echoed.service } : {}),
      ...(location === undefined ? {} : { location }),
      ...(certificate === undefined ? {} : { certificate }),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function hasService(echoed: unknown): echoed is { readonly service: string } {
  return typeof echoed === "object" && echoed !== null && "service" in echoed && typeof echoed.service === "string";
}

async function askUntilWanted({ id, question, wanted, patienceMs }: Asked): Promise<Answered> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask(question);
    if (agrees(answer, wanted) || performance.now() > until) return { id, answer };
    await wait(pauseMs);
  }
}

function agrees(answer: Answer, wanted: Answer): boolean {
  const given = new Map(Object.entries(answer));
  return Object.entries(wanted).every(([field, value]) => given.get(field) === value);
}

for await (const line of createInterface(process.stdin)) {
  const asked: Asked = JSON.parse(line);
  void askUntilWanted(asked).then((answered) => process.stdout.write(`${JSON.stringify(answered)}\n`));
}

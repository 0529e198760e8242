/**
 * Clients of a Gateway within the cluster's network: closed loops, as its first argument (a LoadSpecification in JSON) says. Reads a LoadCommand
 * from each line of its input, answers each with a line that holds a LoadReport, and ends after `stop` or with its input.
 */
import { createInterface } from "node:readline";
import { ClosedLoop } from "../support/closed-loop.ts";
import { Http1Client, Http2Client, type HttpClient } from "../support/http-client.ts";
import type { KindReport, LoadCommand, LoadKind, LoadReport, LoadSpecification } from "./load-report.ts";

interface RunningKind {
  readonly name: string;
  readonly clients: readonly HttpClient[];
  readonly loops: readonly ClosedLoop[];
}

function start({ name, protocol, keep, clients: count, streams, target }: LoadKind, pauseMs: number): RunningKind {
  const clients = Array.from({ length: count }, () =>
    protocol === "http1" ? new Http1Client(target, { keep }) : new Http2Client(target),
  );
  const now = (): Date => new Date();
  const loops = clients.flatMap((client) =>
    Array.from({ length: streams }, () => new ClosedLoop({ ask: () => client.ask(), pauseMs, now })),
  );
  return { name, clients, loops };
}

function reportOf({ name, clients, loops }: RunningKind): KindReport {
  const answers: Record<string, number> = {};
  for (const loop of loops) {
    for (const [status, count] of loop.answers) answers[status] = (answers[status] ?? 0) + count;
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    name,
    answers,
    fewestAnswers: Math.min(...loops.map(({ answered }) => answered)),
    failed: sum(loops.map(({ failed }) => failed)),
    failures: loops.flatMap(({ failures }) => failures),
    connections: sum(clients.map(({ connections }) => connections)),
    resent: sum(clients.map(({ resent }) => resent)),
    longestWaitMs: Math.max(...loops.map(({ longestWaitMs }) => longestWaitMs)),
  };
}

const specification: LoadSpecification = JSON.parse(process.argv[2] ?? "");
const since = performance.now();
const running = specification.kinds.map((kind) => start(kind, specification.pauseMs));
const loops = running.flatMap((kind) => kind.loops);

function say(): void {
  const report: LoadReport = { seconds: (performance.now() - since) / 1000, kinds: running.map(reportOf) };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const command: LoadCommand = JSON.parse(line);
  if (command.what === "stop") break;
  await Promise.all(loops.map((loop) => loop.more(command.each)));
  say();
}
await Promise.all(loops.map((loop) => loop.stop()));
for (const { clients } of running) for (const client of clients) client.close();
say();

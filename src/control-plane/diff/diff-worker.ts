/** The thread in which `weir diff` compiles what runs and what would run; started by diff-against.ts. */
import { parentPort } from "node:worker_threads";
import type { Position } from "../../model/provenance.ts";
import { compare } from "./compare.ts";
import type { DiffQuestion, FromWorker, RunningObject, ToWorker } from "./messages.ts";

/** How many places the other thread is asked for at a time: a few milliseconds' worth, since it may have to read a text again for each. */
const PIECE = 5;

const port = parentPort;
if (port === null) throw new Error("this is a thread of the control plane, not a program");
const tell = (message: FromWorker): void => port.postMessage(message);

let question: DiffQuestion | undefined;
const running: RunningObject[] = [];
let located: ((positions: readonly (Position | undefined)[]) => void) | undefined;

port.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "question":
      question = message.question;
      break;
    case "objects":
      running.push(...message.objects);
      break;
    case "compare":
      void answer();
      break;
    case "located":
      located?.(message.positions);
      break;
  }
});

/** What it throws ends the thread, and with it the wait for the answer. */
async function answer(): Promise<void> {
  if (question === undefined) throw new Error("there was no question");
  const json = await compare(question, running, async (provenances) => {
    const all: (Position | undefined)[] = [];
    while (all.length < provenances.length) {
      const { promise, resolve } = Promise.withResolvers<readonly (Position | undefined)[]>();
      located = resolve;
      tell({ kind: "locate", provenances: provenances.slice(all.length, all.length + PIECE) });
      all.push(...(await promise));
    }
    return all;
  });
  tell({ kind: "answer", json });
}

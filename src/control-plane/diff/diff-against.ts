import { extname } from "node:path";
import { setImmediate as othersFirst } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { FileText } from "../files-in-memory.ts";
import type { DiffQuestion, FromWorker, RunningObject, ToWorker } from "./messages.ts";

/** How many objects are handed over before proxies and everybody else have their turn: a few milliseconds' worth. */
const PIECE = 200;

/**
 * Compares edits with what a control plane runs, in a thread of their own: proxies do not wait while two configurations are compiled. One at a time,
 * since each takes about the memory of the control plane itself.
 */
export class DiffAgainst {
  readonly #controlPlane: ControlPlane;
  #last: Promise<unknown> = Promise.resolve();

  constructor(controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  /** What proxies would run differently if these files were applied, as JSON text: see `compare`. */
  ask(texts: readonly FileText[], style: DiffQuestion["style"]): Promise<string> {
    const { configuration } = this.#controlPlane;
    const answer = this.#last.then(() => this.#compare({ texts, configuration, now: new Date(), style }));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #compare(question: DiffQuestion): Promise<string> {
    const worker = new Worker(new URL(`./diff-worker${extname(import.meta.url)}`, import.meta.url));
    // Nobody waits for an answer when Weir ends.
    worker.unref();
    const tell = (message: ToWorker): void => worker.postMessage(message);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // It also rejects when the thread is ended because of something else that went wrong.
    promise.catch(() => undefined);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that compares ended without an answer")));
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "answer") resolve(message.json);
      else tell({ kind: "located", positions: message.provenances.map(this.#controlPlane.locate) });
    });
    try {
      tell({ kind: "question", question });
      const kinds = [...this.#controlPlane.pipeline.intake.collections()];
      const objects = kinds.flatMap((kind) => [...kind.entries()].map(([, object]) => object));
      for (let at = 0; at < objects.length; at += PIECE) {
        tell({ kind: "objects", objects: objects.slice(at, at + PIECE).map((object) => this.#running(object)) });
        await othersFirst();
      }
      tell({ kind: "compare" });
      return await promise;
    } finally {
      await worker.terminate();
    }
  }

  #running(object: SourceObject): RunningObject {
    const origin = { source: object.source, object: refOf(object), path: [] };
    return { object, file: this.#controlPlane.locate(origin)?.file };
  }
}

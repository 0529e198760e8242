import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import type { ClusterSession } from "../../scripts/cluster-tools/session.ts";
import type { LoadCommand, LoadReport, LoadSpecification } from "./load-report.ts";

/** Steady traffic through a Gateway, from within the cluster's network. */
export class Load {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    assert.ok(child.stdout !== null);
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves once every client has had answers and none has failed. */
  static async start(t: TestContext, cluster: ClusterSession, specification: LoadSpecification): Promise<Load> {
    const program = [process.execPath, join(import.meta.dirname, "load-generator.ts"), JSON.stringify(specification)];
    const child = cluster.spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    const closed = once(child, "close");
    t.after(async () => {
      child.kill("SIGKILL");
      await closed;
    });
    const load = new Load(child);
    const { kinds } = await load.more();
    for (const { name, failures } of kinds) assert.deepEqual(failures, [], `${name} before anything happened`);
    return load;
  }

  /** Lets every client ask some more, and tells what happened so far. */
  more(each = 20): Promise<LoadReport> {
    return this.#ask({ what: "more", each });
  }

  /** Lets every client ask some more, and tells what happened in all. */
  async stop(): Promise<LoadReport> {
    await this.more();
    return this.#ask({ what: "stop" });
  }

  async #ask(command: LoadCommand): Promise<LoadReport> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#answers.next();
    assert.ok(done !== true, "the load generator has ended");
    return JSON.parse(value);
  }
}

/** What the slowest of clients manages in a second even where the machine is busy with other things, as it is while pods start. */
const fewestAnswersASecond = 2;

/** Nobody failed, and nobody was kept waiting instead. Prints the counts. */
export function assertUnharmed(t: TestContext, { seconds, kinds }: LoadReport): void {
  for (const { name, answers, failed, connections, resent, longestWaitMs } of kinds) {
    const counts = Object.entries(answers).map(([status, count]) => `${count} × ${status}`);
    t.diagnostic(
      `${name}: ${counts.join(", ")} in ${seconds.toFixed(0)} s, ${failed} failed, ${connections} connections, ${resent} resent, longest wait ${longestWaitMs} ms`,
    );
  }
  for (const { name, failed, failures, fewestAnswers } of kinds) {
    assert.deepEqual(failures, [], `${name}: ${failed} requests failed`);
    assert.ok(fewestAnswers >= seconds * fewestAnswersASecond, `${name}: only ${fewestAnswers} in ${seconds} s`);
  }
}

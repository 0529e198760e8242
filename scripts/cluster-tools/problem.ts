/** EX_UNAVAILABLE: this machine cannot run a cluster. Suites that need one are then skipped by name. */
export const unavailable = 69;

/** What keeps the cluster from doing as told; the message is for the person at the terminal. */
export class ClusterProblem extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

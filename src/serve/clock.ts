/** Time as the server sees it, so that tests need no sleeping. */
export interface Clock {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** The time of day. */
  date(): Date;
  /** Runs `task` once after `ms` milliseconds; the result cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

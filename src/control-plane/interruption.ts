/** Weir was asked to end while it was still starting. */
export class StartInterrupted extends Error {
  constructor() {
    super("asked to end while starting");
  }
}

/** Resolves or rejects as `work` does, or rejects with `StartInterrupted` once `interrupted` is aborted. `work` itself goes on: the caller ends it. */
export async function unlessInterrupted<T>(work: Promise<T>, interrupted: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const interrupt = () => reject(new StartInterrupted());
  if (interrupted.aborted) interrupt();
  interrupted.addEventListener("abort", interrupt);
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    // Nobody waits for it any more.
    work.catch(() => undefined);
    throw error;
  } finally {
    interrupted.removeEventListener("abort", interrupt);
  }
}

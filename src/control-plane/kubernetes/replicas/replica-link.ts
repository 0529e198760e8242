import type { ClientHttp2Session } from "node:http2";
import { Backoff } from "../../../kubernetes/backoff.ts";
import { type Clock, pause } from "../../../kubernetes/clock.ts";
import type { Json } from "../../../model/source-object.ts";
import { type CallOutcome, ClientCall } from "../../../serve/grpc/client-call.ts";
import { type KeepaliveOptions, keepAlive } from "../../../serve/grpc/session-keepalive.ts";
import { grpcStatus } from "../../../serve/grpc/status.ts";
import { type ProxyNews, parsed, type ReplicaQuestion, readNews, replicaPaths } from "./protocol.ts";

export interface ReplicaLinkOptions {
  /** Opens a connection to the replica. */
  readonly connect: () => ClientHttp2Session;
  /** What this replica proves itself with. */
  readonly token: () => Promise<string>;
  readonly news: (news: ProxyNews) => void;
  /** What was told does not count any more. */
  readonly lost: () => void;
  /** Told why the replica cannot be followed, not twice in the same words, and undefined once it can be. */
  readonly trouble: (problem: string | undefined) => void;
  readonly clock: Clock;
}

/**
 * A replica that is gone without a word is noticed within fifteen seconds. Sooner would be too soon: one that gets no processor time for a while still
 * has its proxies, and they go on.
 */
const keepalive: KeepaliveOptions = { intervalMs: 5_000, timeoutMs: 10_000 };

/** A replica of another release, or one that does not know this one, will not change its mind soon. */
const REFUSED_PAUSE_MS = 10_000;

/** Far more than 500 proxies with long complaints need. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const ANSWER_MS = 3_000;

/** Follows one other replica for as long as it exists: connects, takes what it tells, and connects again when that ends. */
export class ReplicaLink {
  readonly #options: ReplicaLinkOptions;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #session: ClientHttp2Session | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Empty before anything is known. */
  #problem: string | undefined = "";

  constructor(options: ReplicaLinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped"));
    await this.#running;
  }

  /** The replica's answer. Rejects where it is away, refuses or takes too long. */
  async ask(question: ReplicaQuestion): Promise<Json> {
    const token = await this.#options.token();
    const session = this.#session;
    if (session === undefined || session.destroyed) throw new Error("the replica is not connected");
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const call = new ClientCall({
      session,
      path: replicaPaths.ask,
      token,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      events: {
        message: (bytes) => {
          const answer = parsed(bytes);
          if (answer === undefined) reject(new Error("the replica's answer is no JSON"));
          else resolve(answer);
        },
        ended: ({ message }) => reject(new Error(message === "" ? "the replica did not answer" : message)),
      },
    });
    const cancel = this.#options.clock.after(ANSWER_MS, () => call.cancel("the replica took too long to answer"));
    call.send(Buffer.from(JSON.stringify(question)));
    return promise.finally(cancel);
  }

  async #run(): Promise<void> {
    const { clock, lost } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { code, message } = await this.#follow();
      lost();
      if (signal.aborted) return;
      const isRefused = code === grpcStatus.unimplemented || code === grpcStatus.permissionDenied;
      this.#tell(code === grpcStatus.unimplemented ? `it runs a release that tells nothing to this one` : message);
      await pause(clock, isRefused ? REFUSED_PAUSE_MS : this.#backoff.next(), signal);
    }
  }

  /** Resolves with why the call ended. */
  async #follow(): Promise<CallOutcome> {
    const { connect, token, news, clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<CallOutcome>();
    let session: ClientHttp2Session | undefined;
    const failed = (error: unknown): void =>
      resolve({ code: grpcStatus.unavailable, message: error instanceof Error ? error.message : String(error) });
    const stop = (): void => failed("stopped");
    this.#stopping.signal.addEventListener("abort", stop);
    try {
      const shown = await token();
      this.#stopping.signal.throwIfAborted();
      session = connect();
      session.on("error", failed);
      session.on("close", () => failed("the connection ended"));
      keepAlive(session, keepalive, clock);
      const call = new ClientCall({
        session,
        path: replicaPaths.follow,
        token: shown,
        maxMessageBytes: MAX_MESSAGE_BYTES,
        events: {
          message: (bytes) => {
            const told = readNews(bytes);
            if (told === undefined) return call.cancel("what it tells cannot be read");
            this.#works(session);
            news(told);
          },
          ended: resolve,
        },
      });
      return await promise;
    } catch (error) {
      failed(error);
      return await promise;
    } finally {
      this.#stopping.signal.removeEventListener("abort", stop);
      this.#session = undefined;
      session?.destroy();
    }
  }

  #works(session: ClientHttp2Session | undefined): void {
    this.#session = session;
    this.#backoff.reset();
    this.#tell(undefined);
  }

  #tell(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.trouble(problem);
  }
}

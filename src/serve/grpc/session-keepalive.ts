import type { Http2Session } from "node:http2";
import type { Clock } from "../clock.ts";

export interface KeepaliveOptions {
  /** Between the answer to one PING and the next. */
  readonly intervalMs: number;
  /** How long an answer may take before the connection counts as dead. */
  readonly timeoutMs: number;
}

/** Sends PINGs on a connection for as long as it lives, and destroys it when one stays unanswered: a vanished peer closes nothing. */
export function keepAlive(session: Http2Session, options: KeepaliveOptions, clock: Pick<Clock, "after">): void {
  let cancel = clock.after(options.intervalMs, ping);
  session.once("close", () => cancel());

  function ping(): void {
    if (session.destroyed || session.closed) return;
    cancel = clock.after(options.timeoutMs, () => session.destroy());
    const sent = session.ping((error) => {
      cancel();
      if (error === null) cancel = clock.after(options.intervalMs, ping);
    });
    if (!sent) session.destroy();
  }
}

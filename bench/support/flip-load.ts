import { connect as connectHttp2 } from "node:http2";
import { setTimeout as wait } from "node:timers/promises";
import { onLoopback, ProbeConnection } from "./probe-connection.ts";

/** What one answer tells of the route's state: which backend answered, and which header value that backend saw. */
export interface Flip {
  readonly status: number;
  readonly backend: string;
  readonly seen: string;
}

/** Sends one request after the other until stopped; `onAnswer` is told of each, undefined for one that was not answered. */
export type ClosedLoop = (onAnswer: (flip: Flip | undefined) => void, stopped: () => boolean) => Promise<void>;

/** A closed loop on one kept HTTP/1.1 connection. */
export function http1Loop(port: number, host: string): ClosedLoop {
  return async (onAnswer, stopped) => {
    const probe = new ProbeConnection(onLoopback(port));
    while (!stopped()) {
      const answer = await probe.get(host);
      if (answer.kind === "reset") onAnswer(undefined);
      else
        onAnswer({
          status: answer.status,
          backend: headerIn(answer.head, "x-backend"),
          seen: headerIn(answer.head, "x-seen"),
        });
    }
    probe.close();
  };
}

/** A closed loop on one kept cleartext HTTP/2 connection. */
export function http2Loop(port: number, host: string): ClosedLoop {
  return async (onAnswer, stopped) => {
    const open = () => connectHttp2(`http://127.0.0.1:${port}`).on("error", () => undefined);
    let session = open();
    while (!stopped()) {
      if (session.closed || session.destroyed) {
        // Requests on it fail at once, without a turn of the event loop, and nothing else would ever run.
        await wait(1);
        session = open();
      }
      onAnswer(
        await new Promise<Flip | undefined>((resolve) => {
          const stream = session.request({ ":path": "/", ":authority": host });
          let flip: Flip | undefined;
          stream.on("response", (headers) => {
            flip = {
              status: Number(headers[":status"]),
              backend: String(headers["x-backend"] ?? ""),
              seen: String(headers["x-seen"] ?? ""),
            };
          });
          stream.on("error", () => resolve(undefined));
          stream.on("end", () => resolve(flip));
          stream.resume();
          stream.end();
        }),
      );
    }
    session.close();
  };
}

function headerIn(head: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
}

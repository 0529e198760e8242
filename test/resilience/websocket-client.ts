/**
 * Within the cluster's network: a WebSocket that talks all the time with a backend that echoes. Its first argument is the address of a proxy, its second a host. Answers
 * each line of its input, after some more echoes or the end of the connection, with a line that holds a WebSocketReport.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { openWebSocket } from "../support/websocket.ts";

export interface WebSocketReport {
  readonly isOpen: boolean;
  readonly echoes: number;
  /** Whether the proxy takes further connections. */
  readonly accepts: boolean;
}

const [address = "", host = ""] = process.argv.slice(2);
const port = 80;
const pauseMs = 20;

/** A text frame as clients send it, masked with zeros, and as servers do, unmasked (section 5.2). */
const text = Buffer.from("hello");
const sent = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
const expected = Buffer.concat([Buffer.from([0x81, text.length]), text]);

async function accepts(): Promise<boolean> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

let echoes = 0;
let isOpen = true;
let heard = (): void => {};
let received = Buffer.alloc(0);
const socket = await openWebSocket({ address, port, path: "/ws", host });
socket.on("data", (data: Buffer) => {
  received = Buffer.concat([received, data]);
  if (received.length < expected.length) return;
  if (!received.subarray(0, expected.length).equals(expected)) throw new Error(`no echo: ${received.toString("hex")}`);
  received = received.subarray(expected.length);
  echoes += 1;
  setTimeout(() => socket.write(sent), pauseMs);
  heard();
});
socket.on("error", () => undefined);
socket.on("close", () => {
  isOpen = false;
  heard();
});
socket.write(sent);

for await (const _line of createInterface({ input: process.stdin })) {
  for (const enough = echoes + 20; isOpen && echoes < enough; ) {
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
  }
  const report: WebSocketReport = { isOpen, echoes, accepts: await accepts() };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
socket.destroy();

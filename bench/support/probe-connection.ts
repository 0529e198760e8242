import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What came back: the status and the headers' raw text, or a connection that ended first. */
export type ProbeAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly head: string }
  | { readonly kind: "reset"; readonly reason: string };

export interface ProbeAddress {
  readonly host: string;
  readonly port: number;
}

export function onLoopback(port: number): ProbeAddress {
  return { host: "127.0.0.1", port };
}

/**
 * One kept HTTP/1.1 connection that sends one request at a time, as light as possible: the prober shares the machine with what it measures.
 * Reconnects by itself after the peer closed the connection in an orderly way between two answers.
 */
export class ProbeConnection {
  readonly #address: ProbeAddress;
  readonly #servername: string | undefined;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #waiting: ((answer: ProbeAnswer) => void) | undefined;

  /** @param servername speaks TLS and asks for this name; the certificate is not checked, its time is not what is measured. */
  constructor(address: ProbeAddress, servername?: string) {
    this.#address = address;
    this.#servername = servername;
  }

  get(host: string, path = "/"): Promise<ProbeAnswer> {
    if (this.#waiting !== undefined) throw new Error("a request is already under way");
    const socket = this.#socket ?? this.#connect();
    return new Promise((resolve) => {
      this.#waiting = resolve;
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const address = { ...this.#address, noDelay: true };
    const servername = this.#servername;
    const socket =
      servername === undefined ? connect(address) : connectTls({ ...address, servername, rejectUnauthorized: false });
    this.#socket = socket;
    this.#received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#lost(socket, error.message));
    socket.on("close", () => this.#lost(socket, "closed"));
    return socket;
  }

  #lost(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#answer({ kind: "reset", reason });
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const chunked = /^transfer-encoding: *chunked/im.test(head);
    const bodyEnd = chunked ? chunkedEnd(this.#received, end + 4) : end + 4 + Number(length ?? 0);
    if (bodyEnd < 0 || this.#received.length < bodyEnd) return;
    this.#received = this.#received.subarray(bodyEnd);
    if (/^connection: *close/im.test(head)) this.close();
    this.#answer({ kind: "answer", status: Number(head.slice(9, 12)), head });
  }

  #answer(answer: ProbeAnswer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}

/** Where a chunked body ends, or -1 if it has not ended yet. Probed bodies hold no line "0", so the last chunk is recognisable. */
function chunkedEnd(received: Buffer, start: number): number {
  if (received.toString("latin1", start, start + 5) === "0\r\n\r\n") return start + 5;
  const index = received.indexOf("\r\n0\r\n\r\n", start);
  return index < 0 ? -1 : index + 7;
}

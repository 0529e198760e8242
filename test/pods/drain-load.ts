import { once } from "node:events";
import { Agent, get } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { openWebSocket } from "../support/websocket.ts";

/** Clients that keep their connections for as long as they may, and open new ones where the Service leads at that moment. */
export interface Load {
  readonly failures: readonly string[];
  readonly answered: number;
  /** Finishes the request under way. */
  stop(): Promise<void>;
}

class Loop implements Load {
  readonly failures: string[] = [];
  answered = 0;
  #stopped = false;
  readonly #running: Promise<void>;
  readonly #end: () => void;

  constructor(ask: () => Promise<void>, end: () => void) {
    this.#end = end;
    this.#running = this.#run(ask);
  }

  async #run(ask: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await ask();
        this.answered++;
      } catch (error) {
        this.failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#end();
  }
}

/** One request after the other on one kept connection. */
export function http1Load(port: () => number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => connect({ host: "127.0.0.1", port: port() });
  const ask = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const outgoing = get({ host: "127.0.0.1", port: 80, path: "/web", agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.on("error", reject);
      response.resume().on("end", resolve);
    });
    outgoing.on("error", reject);
    return promise;
  };
  return new Loop(ask, () => agent.destroy());
}

/** Four streams at a time on one connection, until the server says goodbye. */
export function http2Load(port: () => number): Load {
  let session: ClientHttp2Session | undefined;
  const current = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      const made = connectHttp2("http://web.test", {
        createConnection: () => connect({ host: "127.0.0.1", port: port() }),
      });
      made.on("error", () => undefined);
      made.on("goaway", () => {
        made.close();
      });
      session = made;
    }
    return session;
  };
  const one = async (): Promise<void> => {
    const stream = current().request({ ":path": "/web" });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let status = 0;
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("error", reject);
    stream.resume().on("close", () => (status === 200 ? resolve() : reject(new Error(`status ${status}`))));
    return promise;
  };
  const ask = async (): Promise<void> => {
    await Promise.all([one(), one(), one(), one()]);
  };
  return new Loop(ask, () => session?.close());
}

/** An upgraded connection that echoes. */
export interface EchoSocket {
  readonly socket: Socket;
  /** Sends a text and resolves when all of it has come back. */
  echo(text: string): Promise<void>;
}

export async function openEchoSocket(port: number): Promise<EchoSocket> {
  const socket = await openWebSocket({ address: "127.0.0.1", port, path: "/ws", host: "web.test" });
  return {
    socket,
    echo: async (text) => {
      let received = "";
      socket.write(text);
      while (received.length < text.length) {
        const [data]: Buffer[] = await once(socket, "data");
        received += String(data);
      }
      if (received !== text) throw new Error(`echo of ${text} is ${received}`);
    },
  };
}

import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import fc from "fast-check";
import type { PlanCollections, PortPlan, StreamChainPlan } from "../../src/compile/plan.ts";
import { exactHosts } from "../generators/pools.ts";
import { seenHeader } from "./backend.ts";
import { hostsUnder } from "./requests.ts";

/** A connection, or a datagram, that a proxy passes on without reading it. */
export interface WorldConnection {
  readonly protocol: "tls" | "tcp" | "udp";
  readonly port: number;
  /** For TLS. */
  readonly serverName: string;
}

/** What came back to the client. */
export type ConnectionAnswer =
  /** The connection was closed, or the datagram dropped. */
  | { readonly kind: "nothing" }
  /** A backend took the bytes for a request; `seen` is the number under which it remembers it. */
  | {
      readonly kind: "request";
      readonly seen: string;
      /** The client's end of the connection. */
      readonly from: string;
      /** The fingerprint of the certificate that the client was shown, over TLS. */
      readonly certificate: string | undefined;
    }
  /** A backend answered the datagram with where it arrived. */
  | { readonly kind: "datagram"; readonly endpoint: string };

/** Every way through a plan that is not read as HTTP. */
export function connectionTargets(plan: Pick<PlanCollections, "ports">): readonly ConnectionTarget[] {
  return [...plan.ports.entries()]
    .flatMap(([, port]) => port.streams.map((chain) => ({ port, chain })))
    .sort((a, b) => (a.chain.name < b.chain.name ? -1 : 1));
}

export interface ConnectionTarget {
  readonly port: PortPlan;
  readonly chain: StreamChainPlan;
}

/** Connections that meet one of the targets, and now and then another name. */
export function arbitraryConnection(
  targets: readonly ConnectionTarget[],
  tlsPorts: ReadonlySet<number>,
): fc.Arbitrary<WorldConnection> {
  return fc.constantFrom(...targets).chain(({ port, chain }) => {
    const meant = chain.serverNames.length === 0 ? ["*"] : chain.serverNames;
    return fc.record({
      protocol: fc.constant(protocolOf(port, tlsPorts)),
      port: fc.constant(port.clientPort),
      serverName: fc.oneof(
        { weight: 5, arbitrary: hostsUnder(...meant) },
        { weight: 1, arbitrary: fc.constantFrom("stranger.test", ...exactHosts) },
      ),
    });
  });
}

function protocolOf({ name, clientPort }: PortPlan, tlsPorts: ReadonlySet<number>): WorldConnection["protocol"] {
  if (name.startsWith("udp/")) return "udp";
  return tlsPorts.has(clientPort) ? "tls" : "tcp";
}

/** @param patience how long an answer to a datagram is waited for, in milliseconds. */
export function openConnection(
  { protocol, port, serverName: servername }: WorldConnection,
  patience: number,
): Promise<ConnectionAnswer> {
  switch (protocol) {
    case "udp":
      return askByDatagram(port, patience);
    case "tcp":
      return askOver(connect({ host: "127.0.0.1", port }));
    case "tls":
      return askOver(connectTls({ host: "127.0.0.1", port, servername, rejectUnauthorized: false }));
  }
}

const question = "GET /stream HTTP/1.1\r\nhost: stream.test\r\nconnection: close\r\n\r\n";
const answered = new RegExp(`^${seenHeader}: (\\d+)\\r$`, "im");

async function askOver(socket: Socket): Promise<ConnectionAnswer> {
  let text = "";
  let from = "";
  let certificate: string | undefined;
  socket.on("connect", () => (from = `${socket.localAddress}:${socket.localPort}`));
  socket.on("secureConnect", () => {
    if (socket instanceof TLSSocket) certificate = socket.getPeerX509Certificate()?.fingerprint256;
  });
  socket.on("data", (data: Buffer) => (text += data.toString("latin1")));
  socket.write(question);
  await new Promise<void>((resolve) => {
    // A closed connection may come as a reset, and a refused handshake as an error of its own.
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
  });
  socket.destroy();
  const seen = answered.exec(text)?.[1];
  return seen === undefined ? { kind: "nothing" } : { kind: "request", seen, from, certificate };
}

async function askByDatagram(port: number, patience: number): Promise<ConnectionAnswer> {
  const socket = createSocket("udp4");
  const answer = new Promise<ConnectionAnswer>((resolve) => {
    const timer = setTimeout(() => resolve({ kind: "nothing" }), patience);
    socket.once("message", (message) => {
      clearTimeout(timer);
      resolve({ kind: "datagram", endpoint: message.toString() });
    });
  });
  socket.send("where", port, "127.0.0.1");
  try {
    return await answer;
  } finally {
    socket.close();
  }
}

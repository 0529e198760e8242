/**
 * Within the cluster's network: opens TLS connections until the server shows a certain certificate. Its first argument is an AwaitedCertificate in
 * JSON.
 */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "node:tls";

export interface AwaitedCertificate {
  readonly address: string;
  readonly port: number;
  readonly servername: string;
  /** PEM. */
  readonly trusted: string;
  readonly serialNumber: string;
  readonly withinMs: number;
}

const wanted: AwaitedCertificate = JSON.parse(process.argv[2] ?? "");

async function shown(): Promise<string> {
  const { address: host, port, servername, trusted: ca } = wanted;
  const socket = connect({ host, port, servername, ca, ALPNProtocols: ["h2"] });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().serialNumber;
  } finally {
    socket.destroy();
  }
}

const until = Date.now() + wanted.withinMs;
while ((await shown()) !== wanted.serialNumber) {
  if (Date.now() > until) throw new Error(`${wanted.address} does not show ${wanted.serialNumber}`);
  await wait(500);
}

import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { Seen } from "../xds-live-proxy.ts";
import type { Ports } from "./random-nodes.ts";
import type { RandomRequest } from "./random-requests.ts";

/** What came of a request. */
export type Reality =
  | { readonly kind: "closed" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | undefined;
      readonly rule: string | undefined;
      readonly seen: Seen | undefined;
    };

/** Sends a request on a connection of its own, nothing about it tidied up. */
export function send(request: RandomRequest, ports: Ports, ruleHeader: string): Promise<Reality> {
  const { secure, serverName, host, method, target, headers, from } = request;
  const options = {
    host: "127.0.0.1",
    port: secure ? ports.https : ports.http,
    path: target,
    method,
    agent: false,
    localAddress: from,
    headers: ["host", host, ...headers.flatMap(({ name, value }) => [name, value])],
  } as const;
  return new Promise((resolve, reject) => {
    const outgoing = secure
      ? tlsRequest({ ...options, servername: serverName, rejectUnauthorized: false })
      : plainRequest(options);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resolve({ kind: "closed" });
      else reject(error);
    });
    outgoing.on("response", (incoming) => {
      read(incoming, ruleHeader).then(resolve, reject);
    });
    outgoing.end();
  });
}

async function read(incoming: IncomingMessage, ruleHeader: string): Promise<Reality> {
  let body = "";
  for await (const part of incoming) body += String(part);
  const rule = incoming.headers[ruleHeader];
  return {
    kind: "answer",
    status: incoming.statusCode ?? 0,
    location: incoming.headers.location,
    rule: typeof rule === "string" ? rule : undefined,
    seen: incoming.headers["x-backend"] === undefined ? undefined : JSON.parse(body),
  };
}

import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { decodeStrings, demoService, encodeStrings, frame, unframe } from "./grpc-messages.ts";

export interface EchoCall {
  /** `https://host:port` or `http://host:port`. */
  readonly origin: string;
  readonly message: string;
  /** Connect here in place of what the host name resolves to. */
  readonly address?: string;
  /** PEM of authorities to trust in place of the system's. */
  readonly authorities?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface EchoResult {
  /** gRPC's status code, or undefined where the answer was no gRPC at all. */
  readonly code: number | undefined;
  readonly details: string;
  readonly httpStatus: number;
  readonly message: string;
  readonly service: string;
  readonly version: string;
}

/** Calls `weir.demo.v1.Demo/Echo` once. Rejects when no answer comes at all. */
export async function callEcho(call: EchoCall): Promise<EchoResult> {
  const session = openSession(call);
  try {
    return await exchange(session, call);
  } finally {
    session.close();
  }
}

function openSession({ origin, address, authorities }: EchoCall): ClientHttp2Session {
  const target = new URL(origin);
  const lookup =
    address === undefined
      ? {}
      : {
          host: address,
          ...(target.protocol === "https:" ? { servername: target.hostname } : {}),
        };
  return connect(origin, { ...lookup, ...(authorities === undefined ? {} : { ca: authorities }) });
}

function exchange(session: ClientHttp2Session, { origin, message, headers, timeoutMs }: EchoCall): Promise<EchoResult> {
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request({
      ...headers,
      ":method": "POST",
      ":path": `/${demoService}/Echo`,
      ":authority": new URL(origin).host,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.setTimeout(timeoutMs, () => stream.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    stream.on("error", reject);
    let head: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => {
      head = received;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(read(head, trailers, Buffer.concat(chunks))));
    stream.end(frame(encodeStrings({ 1: message })));
  });
}

function read(head: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): EchoResult {
  const status = trailers["grpc-status"] ?? head["grpc-status"];
  const details = trailers["grpc-message"] ?? head["grpc-message"];
  const answer = unframe(body);
  const fields = answer === undefined ? undefined : decodeStrings(answer);
  return {
    code: typeof status === "string" ? Number(status) : undefined,
    details: typeof details === "string" ? decodeURIComponent(details) : "",
    httpStatus: Number(head[":status"]),
    message: fields?.get(1) ?? "",
    service: fields?.get(2) ?? "",
    version: fields?.get(3) ?? "",
  };
}

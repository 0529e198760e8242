import type { Http2ServerResponse } from "node:http2";
import type { DemoIdentity } from "./answer.ts";
import {
  decodeStrings,
  demoService,
  encodeStrings,
  frame,
  grpcStatus,
  healthService,
  unframe,
} from "./grpc-messages.ts";

interface GrpcResult {
  readonly code: number;
  readonly details?: string;
  readonly message?: Uint8Array;
}

/** HealthCheckResponse {status: SERVING}. */
const serving = Uint8Array.of(0x08, 0x01);

/** Answers one unary call: `weir.demo.v1.Demo/Echo` (examples/quickstart/demo.proto) or `grpc.health.v1.Health/Check`. */
export function answerGrpc(response: Http2ServerResponse, path: string, body: Buffer, identity: DemoIdentity): void {
  const { code, details, message } = call(path, body, identity);
  response.setHeader("content-type", "application/grpc");
  if (message === undefined) {
    response.setHeader("grpc-status", code);
    if (details !== undefined) response.setHeader("grpc-message", details);
    response.end();
    return;
  }
  response.addTrailers({ "grpc-status": String(code) });
  response.write(frame(message));
  response.end();
}

function call(path: string, body: Buffer, identity: DemoIdentity): GrpcResult {
  if (path === `/${healthService}/Check`) return { code: grpcStatus.ok, message: serving };
  if (path !== `/${demoService}/Echo`)
    return { code: grpcStatus.unimplemented, details: "the demo has no such method" };
  const message = unframe(body);
  if (message === undefined) return { code: grpcStatus.internal, details: "expected one message without compression" };
  const fields = decodeStrings(message);
  if (fields === undefined) return { code: grpcStatus.invalidArgument, details: "the request is not an EchoRequest" };
  return {
    code: grpcStatus.ok,
    message: encodeStrings({ 1: fields.get(1) ?? "", 2: identity.name, 3: identity.version }),
  };
}

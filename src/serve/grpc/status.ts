/** The gRPC status codes this server answers with (gRPC "Status codes and their use"). */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export type GrpcStatusName = keyof typeof grpcStatus;

/** How a call ends. `message` is shown to the peer and must hold no secrets. */
export interface GrpcStatus {
  readonly code: GrpcStatusName;
  readonly message: string;
}

/** The trailer (or header, where a call is refused outright) fields of a status. */
export function statusHeaders(status: GrpcStatus): Record<string, string> {
  const headers: Record<string, string> = { "grpc-status": String(grpcStatus[status.code]) };
  if (status.message !== "") headers["grpc-message"] = percentEncode(status.message);
  return headers;
}

/** gRPC over HTTP/2, "Status-Message": UTF-8 bytes other than printable ASCII, and "%", are percent-encoded. */
function percentEncode(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, (part) =>
    [...Buffer.from(part, "utf8")].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

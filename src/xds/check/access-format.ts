/** Commands of Envoy's access log formats that take no argument. */
const plain = new Set(
  `ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_SENT CONNECTION_ID CONNECTION_TERMINATION_DETAILS DOWNSTREAM_DETECTED_CLOSE_TYPE
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT
  DOWNSTREAM_HANDSHAKE_DURATION DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_PORT DOWNSTREAM_LOCAL_SUBJECT
  DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START DOWNSTREAM_PEER_FINGERPRINT_1
  DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN
  DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER
  DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON DOWNSTREAM_WIRE_BYTES_RECEIVED
  DOWNSTREAM_WIRE_BYTES_SENT DURATION HOSTNAME LOCAL_REPLY_BODY PROTOCOL REQUEST_DURATION REQUEST_TX_DURATION
  REQUESTED_SERVER_NAME RESPONSE_CODE RESPONSE_CODE_DETAILS RESPONSE_DURATION RESPONSE_FLAGS RESPONSE_FLAGS_LONG
  RESPONSE_TX_DURATION ROUNDTRIP_DURATION ROUTE_NAME START_TIME STREAM_ID TRACE_ID UNIQUE_ID UPSTREAM_CLUSTER
  UPSTREAM_CLUSTER_RAW UPSTREAM_CONNECTION_ID UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT UPSTREAM_HOST
  UPSTREAM_HOST_NAME UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT UPSTREAM_LOCAL_PORT UPSTREAM_PEER_ISSUER
  UPSTREAM_PEER_SUBJECT UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT UPSTREAM_REMOTE_PORT
  UPSTREAM_REQUEST_ATTEMPT_COUNT UPSTREAM_TLS_CIPHER UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON
  UPSTREAM_WIRE_BYTES_RECEIVED UPSTREAM_WIRE_BYTES_SENT VIRTUAL_CLUSTER_NAME`.split(/\s+/),
);

/** Commands that name a header in parentheses, with an alternative behind "?". */
const headers = new Set(["REQ", "RESP", "TRAILER"]);

/** Commands whose format of time may stand in parentheses. */
const times = new Set(["START_TIME", "DOWNSTREAM_PEER_CERT_V_START", "DOWNSTREAM_PEER_CERT_V_END"]);

const command = /^([A-Z][A-Z0-9_]*)(?:\(([^)%]*)\))?(?::(\d{1,6}))?$/;

/**
 * Why Envoy would refuse an access log format: it would take the listener down with it. Undefined for a format that can be sent. Commands with a
 * language of their own (metadata, filter state, CEL) are not among those that may be used.
 */
export function accessFormatProblem(format: string): string | undefined {
  const parts = format.split("%");
  if (parts.length % 2 === 0) return `a "%" has no partner; write "%%" for the sign itself`;
  for (let index = 1; index < parts.length; index += 2) {
    const text = parts[index] ?? "";
    if (text === "") continue;
    const match = command.exec(text);
    const name = match?.[1] ?? "";
    const argument = match?.[2];
    if (headers.has(name)) {
      if (argument === undefined || !/^:?[A-Za-z0-9!#$&'*+.^_`|~-]+(\?:?[A-Za-z0-9!#$&'*+.^_`|~-]+)?$/.test(argument)) {
        return `%${text}% names no header`;
      }
    } else if (!plain.has(name)) return `%${text}% is no command that may be used in access logs`;
    else if (argument !== undefined && !times.has(name)) return `%${name}% takes no argument`;
    else if (argument !== undefined && !/^[A-Za-z0-9 .:,/_+-]*$/.test(argument))
      return `%${text}% has no format of time`;
  }
  return undefined;
}

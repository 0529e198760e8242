/** Commands of Envoy's access log formats that take no argument. */
export const plainAccessCommands: ReadonlySet<string> = new Set(
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

const command = /%([A-Z][A-Z0-9_]*)(?:\(([^)]*)\))?(?::\d{1,6})?%/y;

/**
 * Why Envoy would refuse an access log format: it would take the listener down with it. Undefined for a format that can be sent. Commands with a
 * language of their own (metadata, filter state, CEL) are not among those that may be used.
 */
export function accessFormatProblem(format: string): string | undefined {
  for (let start = format.indexOf("%"); start >= 0; start = format.indexOf("%", start)) {
    if (format[start + 1] === "%") {
      start += 2;
      continue;
    }
    command.lastIndex = start;
    const match = command.exec(format);
    if (match === null)
      return `there is no command at ${JSON.stringify(format.slice(start, start + 30))}; write "%%" for the sign itself`;
    const problem = commandProblem(match[1] ?? "", match[2]);
    if (problem !== undefined) return problem;
    start = command.lastIndex;
  }
  return undefined;
}

function commandProblem(name: string, argument: string | undefined): string | undefined {
  if (headers.has(name)) {
    const token = "[A-Za-z0-9!#$&'*+.^_`|~-]+";
    const named = argument !== undefined && new RegExp(`^:?${token}(\\?:?${token})?$`).test(argument);
    return named ? undefined : `%${name}(${argument ?? ""})% names no header`;
  }
  if (!plainAccessCommands.has(name)) return `%${name}% is no command that may be used in access logs`;
  if (argument === undefined) return undefined;
  if (!times.has(name)) return `%${name}% takes no argument`;
  return /^[A-Za-z0-9% .:,/_+-]*$/.test(argument) ? undefined : `%${name}(${argument})% has no format of time`;
}

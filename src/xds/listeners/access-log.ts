import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { AccessLogSchema } from "../../envoy/generated/envoy/config/accesslog/v3/accesslog_pb.ts";
import type { SubstitutionFormatStringSchema } from "../../envoy/generated/envoy/config/core/v3/substitution_format_string_pb.ts";
import { FileAccessLogSchema } from "../../envoy/generated/envoy/extensions/access_loggers/file/v3/file_pb.ts";
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from "../../envoy/generated/envoy/extensions/access_loggers/stream/v3/stream_pb.ts";
import type { AccessLogOptions } from "../../model/gateway.ts";
import { accessFormatProblem } from "../check/access-format.ts";

type AccessLogInit = MessageInitShape<typeof AccessLogSchema>;
type Format = MessageInitShape<typeof SubstitutionFormatStringSchema>;

/** The record of a request where nobody says what it holds; `rule` is the key of the rule that matched. */
export const defaultAccessFields: Readonly<Record<string, string>> = {
  time: "%START_TIME%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  method: "%REQ(:METHOD)%",
  host: "%REQ(:AUTHORITY)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  status: "%RESPONSE_CODE%",
  flags: "%RESPONSE_FLAGS%",
  details: "%RESPONSE_CODE_DETAILS%",
  rule: "%ROUTE_NAME%",
  cluster: "%UPSTREAM_CLUSTER_RAW%",
  endpoint: "%UPSTREAM_HOST%",
  attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
  durationMs: "%DURATION%",
  upstreamMs: "%RESPONSE_DURATION%",
  bytesIn: "%BYTES_RECEIVED%",
  bytesOut: "%BYTES_SENT%",
  serverName: "%REQUESTED_SERVER_NAME%",
  tls: "%DOWNSTREAM_TLS_VERSION%",
  userAgent: "%REQ(USER-AGENT)%",
  requestId: "%REQ(X-REQUEST-ID)%",
};

/** Where and how requests are logged. Fields whose format Envoy would refuse are left out: they would cost the whole listener. */
export function accessLog(options: AccessLogOptions): AccessLogInit[] {
  switch (options.kind) {
    case "off":
      return [];
    case "json":
      return [logTo(options.path, jsonFormat(options.fields))];
    case "text":
      return [logTo(options.path, textFormat(options.format))];
  }
}

function jsonFormat(fields: Readonly<Record<string, string>>): Format {
  const usable = Object.entries(fields).filter(([, format]) => accessFormatProblem(format) === undefined);
  const jsonFormat = usable.length === 0 ? { ...defaultAccessFields } : Object.fromEntries(usable);
  return { format: { case: "jsonFormat", value: jsonFormat } };
}

function textFormat(format: string): Format {
  if (format === "" || accessFormatProblem(format) !== undefined) return jsonFormat({});
  const line = format.endsWith("\n") ? format : `${format}\n`;
  return { format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: line } } } };
}

/** Standard output and error are written to as the process has them; opening their paths anew fails for another user. */
function logTo(path: string, logFormat: Format): AccessLogInit {
  if (path === "/dev/stdout") {
    const config = packAny(StdoutAccessLogSchema, { accessLogFormat: { case: "logFormat", value: logFormat } });
    return { name: "envoy.access_loggers.stdout", configType: { case: "typedConfig", value: config } };
  }
  if (path === "/dev/stderr") {
    const config = packAny(StderrAccessLogSchema, { accessLogFormat: { case: "logFormat", value: logFormat } });
    return { name: "envoy.access_loggers.stderr", configType: { case: "typedConfig", value: config } };
  }
  const config = packAny(FileAccessLogSchema, { path, accessLogFormat: { case: "logFormat", value: logFormat } });
  return { name: "envoy.access_loggers.file", configType: { case: "typedConfig", value: config } };
}

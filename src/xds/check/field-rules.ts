import { createRegistry, type DescMessage, type MessageShape, type Registry } from "@bufbuild/protobuf";
import { CorsPolicySchema } from "../../envoy/generated/envoy/extensions/filters/http/cors/v3/cors_pb.ts";
import {
  JwtAuthenticationSchema,
  PerRouteConfigSchema,
} from "../../envoy/generated/envoy/extensions/filters/http/jwt_authn/v3/config_pb.ts";
import { RBACPerRouteSchema } from "../../envoy/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts";
import { StatefulSessionPerRouteSchema } from "../../envoy/generated/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts";
import { HttpConnectionManagerSchema } from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { CookieBasedSessionStateSchema } from "../../envoy/generated/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.ts";
import { HeaderBasedSessionStateSchema } from "../../envoy/generated/envoy/extensions/http/stateful_session/header/v3/header_pb.ts";
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "../../envoy/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts";
import { HttpProtocolOptionsSchema } from "../../envoy/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts";
import { checkFieldRules } from "../../envoy/validate-rules.ts";

/** What is packed into other messages with values that come from users. */
const packed: Registry = createRegistry(
  CorsPolicySchema,
  RBACPerRouteSchema,
  PerRouteConfigSchema,
  JwtAuthenticationSchema,
  StatefulSessionPerRouteSchema,
  CookieBasedSessionStateSchema,
  HeaderBasedSessionStateSchema,
  HttpConnectionManagerSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
  HttpProtocolOptionsSchema,
);

export interface FieldProblem {
  /** By protobuf names, `match.headers[0].name`. */
  readonly field: string;
  readonly message: string;
}

/** Where a message breaks the rules that Envoy's API states about its fields; Envoy would refuse the whole resource for one of them. */
export function fieldProblems<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): FieldProblem[] {
  return checkFieldRules(schema, message, packed).map(({ field, message: text }) => ({
    field,
    message: `Envoy would refuse it: ${field} ${text}`,
  }));
}

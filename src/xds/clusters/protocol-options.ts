import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { packAny } from "../../envoy/any.ts";
import type { Http2ProtocolOptionsSchema } from "../../envoy/generated/envoy/config/core/v3/protocol_pb.ts";
import { HttpProtocolOptionsSchema } from "../../envoy/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts";
import type { Backend } from "../../model/backend.ts";
import { seconds } from "../duration.ts";

/** Under this name a cluster carries its HTTP options. */
export const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Idle connections are given up before common servers (75 s and more) close them under a request. */
const IDLE_SECONDS = 60;

/** Enough for one fast stream; what Envoy offers by itself lets a slow client pile up 16 MiB. */
const http2: MessageInitShape<typeof Http2ProtocolOptionsSchema> = {
  initialStreamWindowSize: 65_536,
  initialConnectionWindowSize: 1_048_576,
};

/** The protocol a backend is spoken to in, which Envoy fixes for each cluster; none where it gets connections or datagrams as they come. */
export function httpOptions(protocol: Backend["protocol"]): Record<string, Any> {
  if (protocol === "tcp" || protocol === "udp") return {};
  const options = packAny(HttpProtocolOptionsSchema, {
    commonHttpProtocolOptions: { idleTimeout: seconds(IDLE_SECONDS) },
    upstreamProtocolOptions: protocolOptions(protocol),
  });
  return { [HTTP_OPTIONS]: options };
}

function protocolOptions(
  protocol: Exclude<Backend["protocol"], "tcp" | "udp">,
): NonNullable<MessageInitShape<typeof HttpProtocolOptionsSchema>["upstreamProtocolOptions"]> {
  switch (protocol) {
    case "http1":
    case "tls-http1":
      return {
        case: "explicitHttpConfig",
        value: { protocolConfig: { case: "httpProtocolOptions", value: { enableTrailers: true } } },
      };
    case "h2c":
      return {
        case: "explicitHttpConfig",
        value: { protocolConfig: { case: "http2ProtocolOptions", value: http2 } },
      };
    case "tls-h2":
      // The handshake decides, so that a server without HTTP/2 is still reached.
      return {
        case: "autoConfig",
        value: { http2ProtocolOptions: http2, httpProtocolOptions: { enableTrailers: true } },
      };
  }
}

import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { ListenerFilterSchema } from "../../envoy/generated/envoy/config/listener/v3/listener_components_pb.ts";
import { ProxyProtocolSchema } from "../../envoy/generated/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts";
import type { HttpConnectionManagerSchema } from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import { HeaderMutationSchema } from "../../envoy/generated/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts";
import { XffConfigSchema } from "../../envoy/generated/envoy/extensions/http/original_ip_detection/xff/v3/xff_pb.ts";
import type { ClientAddressRule } from "../../model/gateway.ts";
import { parseCidr } from "../cidr.ts";
import type { Init } from "../message-init.ts";

type ManagerInit = Init<typeof HttpConnectionManagerSchema>;

/** How connections tell the address of their client before HTTP begins. */
export function clientAddressFilters(rule: ClientAddressRule): MessageInitShape<typeof ListenerFilterSchema>[] {
  if (rule.kind !== "proxy-protocol") return [];
  // A connection without the header is refused: where it may be missing, anyone can claim any address by sending it.
  const config = packAny(ProxyProtocolSchema, { allowRequestsWithoutProxyProtocol: false });
  return [{ name: "envoy.filters.listener.proxy_protocol", configType: { case: "typedConfig", value: config } }];
}

/**
 * What Envoy takes from requests that come from outside, and believes of all others, beyond what it takes from everybody: the path that the access log
 * shows, the names of traces, and what backends may take for the client.
 */
const headersOfInsiders = [
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-external-address",
  "x-envoy-original-path",
] as const;

/** How requests tell it. Whatever the rule, X-Forwarded-For is passed on with the address of the peer added. */
export function clientAddressOptions(rule: ClientAddressRule): ManagerInit {
  switch (rule.kind) {
    case "direct":
    case "proxy-protocol":
      return { useRemoteAddress: true };
    case "trusted-hops":
      return { useRemoteAddress: true, xffNumTrustedHops: rule.hops };
    case "trusted-cidrs": {
      const cidrs = rule.cidrs.map(parseCidr).filter((range) => range !== undefined);
      // With no network trusted nobody's X-Forwarded-For counts.
      if (cidrs.length === 0) return { useRemoteAddress: true };
      const config = packAny(XffConfigSchema, { xffTrustedCidrs: { cidrs }, skipXffAppend: false });
      // Nobody counts as outside for Envoy where it does not look for the client itself, although everybody may be.
      const mutations = headersOfInsiders.map((name) => ({ action: { case: "remove" as const, value: name } }));
      return {
        useRemoteAddress: false,
        earlyHeaderMutationExtensions: [
          {
            name: "envoy.http.early_header_mutation.header_mutation",
            typedConfig: packAny(HeaderMutationSchema, { mutations }),
          },
        ],
        originalIpDetectionExtensions: [{ name: "envoy.http.original_ip_detection.xff", typedConfig: config }],
      };
    }
  }
}

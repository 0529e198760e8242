import type { PortPlan } from "../../compile/plan.ts";
import { SocketAddress_Protocol } from "../../envoy/generated/envoy/config/core/v3/address_pb.ts";
import type { EncodeOptions } from "../options.ts";

export function bindAddress(
  port: PortPlan,
  options: EncodeOptions,
  protocol: SocketAddress_Protocol = SocketAddress_Protocol.TCP,
) {
  const address = port.address ?? options.anyAddress;
  return {
    address: {
      case: "socketAddress" as const,
      value: {
        protocol,
        address,
        portSpecifier: { case: "portValue" as const, value: port.bindPort },
        // One socket for both families.
        ipv4Compat: address === "::",
      },
    },
  };
}

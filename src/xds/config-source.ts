import type { MessageInitShape } from "@bufbuild/protobuf";
import { ApiVersion, type ConfigSourceSchema } from "../envoy/generated/envoy/config/core/v3/config_source_pb.ts";
import { seconds } from "./duration.ts";

/**
 * Where proxies get everything from: the stream they already have, waiting as long as it takes. These bytes are part of every listener and cluster;
 * changing them would make each proxy warm all of them again, so they stay the same from release to release.
 */
export const aggregatedDiscovery: MessageInitShape<typeof ConfigSourceSchema> = {
  configSourceSpecifier: { case: "ads", value: {} },
  resourceApiVersion: ApiVersion.V3,
  initialFetchTimeout: seconds(0),
};

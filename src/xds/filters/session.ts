import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import type { TypedExtensionConfigSchema } from "../../envoy/generated/envoy/config/core/v3/extension_pb.ts";
import {
  StatefulSessionPerRouteSchema,
  StatefulSessionSchema,
} from "../../envoy/generated/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts";
import { CookieBasedSessionStateSchema } from "../../envoy/generated/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.ts";
import { HeaderBasedSessionStateSchema } from "../../envoy/generated/envoy/extensions/http/stateful_session/header/v3/header_pb.ts";
import type { Affinity } from "../../model/rule.ts";
import { seconds } from "../duration.ts";
import type { HttpFilterSlot } from "./filter.ts";

const name = "envoy.filters.http.stateful_session";

/**
 * Keeps a client on the endpoint it was given, for as long as that endpoint is there: the address travels in a cookie or a header. It works with any
 * balancing of the cluster, unlike hashing, and does not move clients when endpoints come and go.
 */
export const session: HttpFilterSlot = {
  name,
  inChain: { name, disabled: true, configType: { case: "typedConfig", value: packAny(StatefulSessionSchema, {}) } },
  forRule: ({ rule }) => {
    if (rule.affinity === undefined || rule.end.kind !== "forward") return undefined;
    const config = packAny(StatefulSessionPerRouteSchema, {
      override: { case: "statefulSession", value: { sessionState: sessionState(rule.affinity) } },
    });
    return { kind: "on", config };
  },
};

function sessionState(affinity: Affinity): MessageInitShape<typeof TypedExtensionConfigSchema> {
  if (affinity.kind === "header") {
    const typedConfig = packAny(HeaderBasedSessionStateSchema, { name: affinity.name });
    return { name: "envoy.http.stateful_session.header", typedConfig };
  }
  const cookie = {
    name: affinity.name,
    path: affinity.path ?? "/",
    // Zero makes a cookie that lasts as long as the browser's session.
    ttl: seconds(affinity.ttlSeconds ?? 0),
  };
  return {
    name: "envoy.http.stateful_session.cookie",
    typedConfig: packAny(CookieBasedSessionStateSchema, { cookie }),
  };
}

import { packAny } from "../../envoy/any.ts";
import { RouterSchema } from "../../envoy/generated/envoy/extensions/filters/http/router/v3/router_pb.ts";
import type { HttpFilterSlot } from "./filter.ts";

/** Forwards, redirects or answers; always on and always last. */
export const router: HttpFilterSlot = {
  name: "envoy.filters.http.router",
  inChain: {
    name: "envoy.filters.http.router",
    configType: { case: "typedConfig", value: packAny(RouterSchema, {}) },
  },
  forRule: () => undefined,
};

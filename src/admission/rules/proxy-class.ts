import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldRule } from "../shape.ts";

/** Trusting X-Forwarded-For without saying whom to trust would let every client choose its address. */
export const trustIsComplete: FieldRule = {
  name: "client-address-trust",
  check: (value) => {
    const hops = valueAt(value, "trustedHops") !== undefined;
    const networks = listAt(value, "trustedNetworks").length > 0;
    if (textAt(value, "from") === "XForwardedFor") {
      if (hops !== networks) return [];
      const message = "needs either trustedHops or trustedNetworks for XForwardedFor";
      return [{ path: [], message, hint: "Give the number of proxies in front, or their networks, but not both." }];
    }
    if (!hops && !networks) return [];
    const message = "trustedHops and trustedNetworks need from: XForwardedFor";
    return [{ path: [], message, hint: "Set from, or remove them." }];
  },
};

export const loadBalancerClassFits: FieldRule = {
  name: "service-load-balancer-class",
  check: (value) =>
    valueAt(value, "loadBalancerClass") === undefined || (textAt(value, "type") ?? "LoadBalancer") === "LoadBalancer"
      ? []
      : [{ path: ["loadBalancerClass"], message: "is only for type LoadBalancer", hint: "Remove it." }],
};

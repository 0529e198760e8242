import { textAt } from "../../model/json.ts";
import type { FieldRule } from "../shape.ts";

/** GRPCMethodMatch. */
export const grpcMethodRules: readonly FieldRule[] = [
  {
    name: "grpc-service-or-method",
    check: (match) =>
      textAt(match, "service") === undefined && textAt(match, "method") === undefined
        ? [
            {
              path: [],
              message: "names neither a service nor a method",
              hint: "Leave the match out to match every call.",
            },
          ]
        : [],
  },
  {
    name: "grpc-service-characters",
    check: (match) => {
      const service = textAt(match, "service");
      if (service === undefined || textAt(match, "type") !== "Exact") return [];
      return /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i.test(service)
        ? []
        : [{ path: ["service"], message: `"${service}" is no gRPC service name`, hint: "For example shop.v1.Cart." }];
    },
  },
  {
    name: "grpc-method-characters",
    check: (match) => {
      const method = textAt(match, "method");
      if (method === undefined || textAt(match, "type") !== "Exact") return [];
      return /^[A-Za-z_][A-Za-z_0-9]*$/.test(method)
        ? []
        : [{ path: ["method"], message: `"${method}" is no gRPC method name`, hint: "For example AddItem." }];
    },
  },
];

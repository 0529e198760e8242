import type { StreamChainPlan } from "../../compile/plan.ts";
import type { AccessLogOptions } from "../../model/gateway.ts";
import { accessLog, defaultAccessFields } from "./access-log.ts";

/** Where a format asks for the route. */
const ROUTE_NAME = "%ROUTE_NAME%";

/** The log of connections in the format of requests: what only a request has is empty, and the rule, which Envoy does not know here, is filled in. */
export function streamAccessLog(options: AccessLogOptions, { rule }: StreamChainPlan): ReturnType<typeof accessLog> {
  const name = (rule?.key ?? "-").replaceAll("%", "%%");
  const filled = (format: string) => format.replaceAll(ROUTE_NAME, name);
  switch (options.kind) {
    case "off":
      return [];
    case "json": {
      const fields = Object.keys(options.fields).length === 0 ? defaultAccessFields : options.fields;
      const texts = Object.entries(fields).map(([field, format]) => [field, filled(format)] as const);
      return accessLog({ ...options, fields: Object.fromEntries(texts) });
    }
    case "text":
      return accessLog({ ...options, format: filled(options.format) });
  }
}

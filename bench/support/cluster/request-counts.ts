import type { BenchApi } from "../api.ts";
import { readGauge } from "../gauge.ts";

/** How many statuses of a resource have been written, as the API server itself counts its answers. */
export function statusWrites(api: BenchApi, resource: "gateways" | "httproutes"): Promise<number> {
  const labels = new RegExp(`code="2.*[{,]resource="${resource}".*subresource="status".*verb="(?:APPLY|PATCH|PUT)"`);
  return readGauge(api, "apiserver_request_total", labels);
}

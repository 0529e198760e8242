import type { FastifyInstance } from "fastify";
import type { Metrics } from "./metrics.ts";

/** Counts and times requests by route, not by path: paths hold names, of which there is no end. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const requests = metrics.counter(
    "weir_api_requests_total",
    "Requests to the HTTP API, by method, route and status code.",
  );
  const durations = metrics.histogram(
    "weir_api_request_duration_seconds",
    "Time to answer requests to the HTTP API, watches aside.",
  );
  app.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    requests.increment({ method, route: request.routeOptions.url ?? "unknown", code: String(reply.statusCode) });
    durations.observe(reply.elapsedTime / 1000, { method });
  });
}

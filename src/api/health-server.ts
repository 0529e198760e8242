import { createServer } from "node:http";
import { fastify } from "fastify";
import type { Metrics } from "./metrics.ts";
import { openPort } from "./open-port.ts";
import { registerHealthRoutes, registerMetricsRoute } from "./routes/health-routes.ts";
import type { HealthCheck } from "./server-options.ts";

export interface HealthServerOptions {
  /** Undefined: every address of the machine. */
  readonly address: string | undefined;
  /** 0 for any free one. */
  readonly port: number;
  readonly checks: readonly HealthCheck[];
  readonly metrics: Metrics;
}

export interface HealthServer {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Whoever asks has one short question; slower ones are cut, since anybody may connect. */
const REQUEST_MS = 10_000;

/**
 * Answers `/healthz`, `/livez`, `/readyz` and `/metrics`, and nothing else, over plain HTTP to everybody: kubelets and Prometheus have no credentials for
 * the API. What they are told is counts and times, and no name of an object. Rejects with an `ApiStartError`.
 */
export async function openHealthServer({ address, port, checks, metrics }: HealthServerOptions): Promise<HealthServer> {
  const app = fastify();
  registerHealthRoutes(app, checks);
  registerMetricsRoute(app, metrics);
  await app.ready();
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) =>
    app.routing(request, response),
  );
  const bound = await openPort(server, { what: "the health port", setting: "--health-port", address, port });
  return {
    port: bound,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await app.close();
    },
  };
}

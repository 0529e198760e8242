import type { FastifyInstance, FastifyReply } from "fastify";
import { type Metrics, metricsContentType } from "../metrics.ts";
import type { HealthCheck } from "../server-options.ts";

/** The only paths that need no token: they say whether the process is well, and nothing else. */
export const openPaths: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz"]);

export function registerHealthRoutes(app: FastifyInstance, checks: readonly HealthCheck[]): void {
  const alive = checks.filter(({ isForReadinessOnly }) => !isForReadinessOnly);
  app.get("/healthz", (_request, reply) => report(reply, alive));
  app.get("/livez", (_request, reply) => report(reply, alive));
  app.get("/readyz", (_request, reply) => report(reply, checks));
}

export function registerMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get("/metrics", (_request, reply) => reply.type(metricsContentType).send(metrics.render()));
}

/** "ok", or a line for each check that fails, as the health endpoints of Kubernetes answer. */
async function report(reply: FastifyReply, checks: readonly HealthCheck[]): Promise<void> {
  const failed = checks.flatMap(({ name, check }) => {
    const result = check();
    return result.ok ? [] : [`[-]${name} failed: ${result.problem}\n`];
  });
  const isOk = failed.length === 0;
  await reply
    .code(isOk ? 200 : 503)
    .type("text/plain; charset=utf-8")
    .send(isOk ? "ok" : failed.join(""));
}

import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify";
import { ApiError } from "../api/api-error.ts";
import type { AdminClient } from "../dataplane/admin.ts";
import type { ControlPlane } from "./control-plane.ts";
import { describeConfig, locatedDiagnostics, summarizeProxies } from "./inspection.ts";
import { isLogLevel } from "./log.ts";

/** Finds the admin interface of a proxy of this machine; undefined for one that cannot be reached from here. */
export type AdminOf = (node: string) => AdminClient | undefined;

/**
 * What can be asked of a running control plane beside its objects:
 *
 *     GET /weir/v1/proxies                  who is connected, to whichever replica, and what each has acknowledged
 *     GET /weir/v1/proxies/<node>/config    what a proxy is served, with the state of each resource
 *     GET /weir/v1/proxies/<node>/stats     the proxy's own figures (?filter=<regular expression>)
 *     GET /weir/v1/proxies/<node>/metrics   the same for Prometheus
 *     GET /weir/v1/diagnostics              everything found out about the input, with lines
 *     GET, PUT /weir/v1/log-level           {"level": "debug"}
 *
 * `<node>` is percent-encoded.
 */
export function inspectionRoutes(controlPlane: ControlPlane, adminOf: AdminOf): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    app.get("/weir/v1/proxies", async (_request, reply) => answer(reply, await allProxies(controlPlane)));
    app.get("/weir/v1/diagnostics", (_request, reply) => answer(reply, locatedDiagnostics(controlPlane)));
    app.get<{ Params: { node: string } }>("/weir/v1/proxies/:node/config", async ({ params }, reply) =>
      answer(reply, await configOf(controlPlane, params.node)),
    );
    app.get<{ Params: { node: string }; Querystring: { filter?: string } }>(
      "/weir/v1/proxies/:node/stats",
      async (request, reply) => {
        const admin = reachable(adminOf, request.params.node);
        const stats = await admin.stats(filterOf(request.query.filter));
        return answer(reply, Object.fromEntries(stats));
      },
    );
    app.get<{ Params: { node: string } }>("/weir/v1/proxies/:node/metrics", async ({ params }, reply) => {
      const text = await reachable(adminOf, params.node).call("GET", "/stats/prometheus");
      return reply.code(200).type("text/plain; version=0.0.4").send(text);
    });
    app.get("/weir/v1/log-level", (_request, reply) => answer(reply, { level: controlPlane.log.level }));
    app.put("/weir/v1/log-level", (request, reply) => {
      const { level } = bodyObject(request.body);
      if (!isLogLevel(level)) throw new ApiError(422, "Invalid", "level is one of trace, debug, info, warn, error");
      controlPlane.log.level = level;
      return answer(reply, { level });
    });
  };
}

function answer(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.code(200).type("application/json").send(JSON.stringify(value));
}

async function allProxies(controlPlane: ControlPlane): Promise<readonly object[]> {
  const own = summarizeProxies(controlPlane);
  const { replicas } = controlPlane;
  if (replicas === undefined) return own;
  const others = await replicas.proxies();
  return [...own.map((proxy) => ({ ...proxy, replica: replicas.self })), ...others];
}

async function configOf(controlPlane: ControlPlane, node: string): Promise<unknown> {
  const config = (await describeConfig(controlPlane, node)) ?? (await controlPlane.replicas?.config(node));
  if (config === undefined) throw new ApiError(404, "NotFound", `no proxy named ${JSON.stringify(node)} is connected`);
  return config;
}

function reachable(adminOf: AdminOf, node: string): AdminClient {
  const admin = adminOf(node);
  if (admin === undefined)
    throw new ApiError(404, "NotFound", `the admin interface of ${JSON.stringify(node)} cannot be reached from here`);
  return admin;
}

function filterOf(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch {
    throw new ApiError(400, "BadRequest", `filter is no regular expression: ${text}`);
  }
}

/** Bodies arrive as bytes, whatever their media type. */
export function bodyObject(body: unknown): { readonly [name: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.isBuffer(body) ? body.toString("utf8") : "");
  } catch {
    throw new ApiError(400, "BadRequest", "the body is no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ApiError(400, "BadRequest", "the body is no JSON object");
  }
  return { ...value };
}

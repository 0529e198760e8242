import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../api/api-error.ts";
import { explain } from "../explain/explain.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import { explainHuman } from "../explain/render.ts";
import { plainStyler, type Styler } from "../explain/styler.ts";
import { terminalStyler } from "../explain/terminal-styler.ts";
import type { ControlPlane } from "./control-plane.ts";
import { bodyObject } from "./inspection-routes.ts";
import { originsOf } from "./origins.ts";
import { withPositions } from "./with-positions.ts";

/**
 * What can be found out about requests and configurations:
 *
 *     POST /weir/v1/explain   {method, url, headers: [{name, value}], clientAddress, serverName, proxyClass}: what happens to the request
 *     GET  /weir/v1/origins   the objects and lines that listeners, rules, clusters and secrets come from
 *
 * Answers are JSON, each origin with its position; `Accept: text/plain` gives an explanation as people read it, `?style=terminal` in
 * colour.
 */
export function analysisRoutes(controlPlane: ControlPlane): FastifyPluginAsync {
  const { pipeline, locate } = controlPlane;
  return async (app: FastifyInstance) => {
    app.post("/weir/v1/explain", (request, reply) => {
      const explanation = explain(pipeline, readExplainRequest(bodyObject(request.body)));
      if (wantsText(request)) return sendText(reply, explainHuman(explanation, locate, stylerFor(request)));
      return sendJson(reply, withPositions(explanation, locate));
    });
    app.get("/weir/v1/origins", (_request, reply) => sendJson(reply, originsOf(pipeline.plan, locate)));
  };
}

function wantsText(request: FastifyRequest): boolean {
  return request.headers.accept?.startsWith("text/plain") === true;
}

function stylerFor(request: FastifyRequest): Styler {
  return /[?&]style=terminal(&|$)/.test(request.url) ? terminalStyler : plainStyler;
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.code(200).type("text/plain; charset=utf-8").send(text);
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.code(200).type("application/json").send(JSON.stringify(value));
}

function readExplainRequest(body: { readonly [name: string]: unknown }): ExplainRequest {
  const text = (name: string): string | undefined => {
    const value = body[name];
    if (value === undefined || typeof value === "string") return value;
    throw new ApiError(422, "Invalid", `${name} is to be text`);
  };
  const method = text("method");
  const url = text("url");
  if (method === undefined || url === undefined) throw new ApiError(422, "Invalid", "method and url are needed");
  const proxyClass = text("proxyClass");
  const serverName = text("serverName");
  return {
    method,
    url,
    headers: readHeaders(body.headers ?? []),
    clientAddress: text("clientAddress") ?? "127.0.0.1",
    ...(proxyClass === undefined ? {} : { proxyClass }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function readHeaders(value: unknown): ExplainRequest["headers"] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  return list.map((header) => {
    const isHeader = typeof header === "object" && header !== null && "name" in header && "value" in header;
    if (isHeader && typeof header.name === "string" && typeof header.value === "string") {
      return { name: header.name, value: header.value };
    }
    throw new ApiError(422, "Invalid", "headers is to be a list of {name, value}");
  });
}

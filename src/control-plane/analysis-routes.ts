import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../api/api-error.ts";
import { explain } from "../explain/explain.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import { explainHuman } from "../explain/render.ts";
import { plainStyler, type Styler } from "../explain/styler.ts";
import { terminalStyler } from "../explain/terminal-styler.ts";
import type { ControlPlane } from "./control-plane.ts";
import { DiffAgainst } from "./diff/diff-against.ts";
import type { FileText } from "./files-in-memory.ts";
import { bodyObject } from "./inspection-routes.ts";
import { originsOf } from "./origins.ts";
import { withPositions } from "./with-positions.ts";

/**
 * What can be found out about requests and edits:
 *
 *     POST /weir/v1/explain   {method, url, headers: [{name, value}], clientAddress, serverName, proxyClass} → {text, explanation}
 *     POST /weir/v1/diff      {files: [{name, text}]} → {text, changes, diff, diagnostics}: what these files would change
 *     GET  /weir/v1/origins   the objects and lines that rules, clusters and secrets come from
 *
 * `text` is for people, with colours if asked for with `?style=terminal`; in the rest, every origin has the position it leads to.
 */
export function analysisRoutes(controlPlane: ControlPlane): FastifyPluginAsync {
  const { pipeline, locate } = controlPlane;
  const diffs = new DiffAgainst(controlPlane);
  return async (app: FastifyInstance) => {
    app.post("/weir/v1/explain", (request, reply) => {
      const explanation = explain(pipeline, readExplainRequest(bodyObject(request.body)));
      const text = explainHuman(explanation, locate, stylerFor(request));
      return sendJson(reply, { text, explanation: withPositions(explanation, locate) });
    });
    app.post("/weir/v1/diff", async (request, reply) => {
      const texts = readTexts(bodyObject(request.body));
      const json = await diffs.ask(texts, stylerFor(request) === terminalStyler ? "terminal" : "plain");
      return reply.code(200).type("application/json").send(json);
    });
    app.get("/weir/v1/origins", (_request, reply) => sendJson(reply, originsOf(pipeline.plan, locate)));
  };
}

function stylerFor(request: FastifyRequest): Styler {
  return /[?&]style=terminal(&|$)/.test(request.url) ? terminalStyler : plainStyler;
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.code(200).type("application/json").send(JSON.stringify(value));
}

function readTexts(body: { readonly [name: string]: unknown }): readonly FileText[] {
  const files: readonly unknown[] = Array.isArray(body.files) ? body.files : [];
  if (files.length === 0) throw new ApiError(422, "Invalid", "files is to be a list of {name, text}");
  return files.map((file) => {
    const isFile = typeof file === "object" && file !== null && "name" in file && "text" in file;
    if (isFile && typeof file.name === "string" && typeof file.text === "string") {
      return { name: file.name, text: file.text };
    }
    throw new ApiError(422, "Invalid", "files is to be a list of {name, text}");
  });
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

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { methodNotAllowed, unauthorized } from "../api-error.ts";
import { negotiate, type Representation } from "../media-types.ts";
import type { Gauge } from "../metrics.ts";
import { flagIn } from "../query.ts";
import { bytesOfBody } from "../request-body.ts";
import { parseResourcePath } from "../request-path.ts";
import { includeObjectIn, type Presentation, presentAnswer, presentObject } from "../resources/answer.ts";
import { deleteCollection, deleteObject } from "../resources/delete.ts";
import { getObject, listObjects } from "../resources/read.ts";
import type { ResourceAnswer, ResourceRequest, ResourceRoom } from "../resources/request.ts";
import { type WatchStream, watchObjects } from "../resources/watch.ts";
import { createObject, patchObject, replaceObject } from "../resources/write.ts";
import { sendJson, sendObject } from "../send.ts";
import type { ServedKinds } from "../served-kinds.ts";
import { serveWatch } from "../watch-connection.ts";

export interface ResourceRoutesOptions {
  readonly kinds: ServedKinds;
  readonly room: ResourceRoom;
  readonly bookmarkEveryMs: number;
  /** The watches that are open: the server ends them when it stops. */
  readonly watches: Set<() => void>;
  readonly watchGauge: Gauge | undefined;
}

/** Everything under /api/v1 and /apis/GROUP/VERSION that is an object or a collection of objects. */
export function registerResourceRoutes(app: FastifyInstance, options: ResourceRoutesOptions): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const url = new URL(request.url, "http://api");
    const target = parseResourcePath(options.kinds, url.pathname);
    if (request.identity === null) throw unauthorized();
    const warnings: string[] = [];
    const resourceRequest: ResourceRequest = {
      target,
      query: url.searchParams,
      identity: request.identity,
      contentType: request.headers["content-type"] ?? "",
      bytes: bytesOfBody(request),
      warn: (message) => warnings.push(message),
    };
    const representation = negotiate(request.headers.accept, request.method === "GET" || request.method === "POST");
    const presentation: Presentation = {
      served: target.served,
      form: representation.form,
      include: includeObjectIn(url.searchParams),
      now: options.room.now(),
    };
    const answer = await answerTo(options.room, request.method, resourceRequest);
    if (answer.kind === "watch") return startWatch(options, reply, answer, presentation);
    for (const warning of warnings) reply.header("warning", warningHeader(warning));
    await sendAnswer(reply, representation, presentation, answer);
  };
  for (const path of ["/api/:version/*", "/apis/:group/:version/*"]) {
    app.route({ method: ["GET", "POST", "PUT", "PATCH", "DELETE"], url: path, handler });
  }
}

function answerTo(room: ResourceRoom, method: string, request: ResourceRequest): Promise<ResourceAnswer> | WatchStream {
  const { name, subresource } = request.target;
  switch (method) {
    case "GET": {
      if (name === "") return flagIn(request.query, "watch") ? watchObjects(room, request) : listObjects(room, request);
      return getObject(room, request);
    }
    case "POST":
      if (name === "") return createObject(room, request);
      break;
    case "PUT":
      if (name !== "") return replaceObject(room, request);
      break;
    case "PATCH":
      if (name !== "") return patchObject(room, request);
      break;
    case "DELETE":
      if (name === "") return deleteCollection(room, request);
      if (subresource === "") return deleteObject(room, request);
      break;
  }
  throw methodNotAllowed();
}

async function sendAnswer(
  reply: FastifyReply,
  representation: Representation,
  presentation: Presentation,
  answer: ResourceAnswer,
): Promise<void> {
  if (answer.kind === "status") return sendJson(reply, answer.code, answer.object);
  const code = answer.kind === "object" ? answer.code : 200;
  return sendObject(reply, code, representation, presentAnswer(presentation, answer));
}

async function startWatch(
  { watches, watchGauge, bookmarkEveryMs }: ResourceRoutesOptions,
  reply: FastifyReply,
  stream: WatchStream,
  presentation: Presentation,
): Promise<void> {
  reply.hijack();
  let end: (() => void) | undefined;
  reply.raw.once("close", () => {
    if (end !== undefined) watches.delete(end);
    watchGauge?.set(watches.size);
  });
  end = await serveWatch(reply.raw, stream, {
    present: (object) => presentObject({ ...presentation, now: new Date() }, object),
    bookmarkEveryMs,
  });
  if (!reply.raw.closed) watches.add(end);
  watchGauge?.set(watches.size);
}

/** RFC 9111 section 5.5: code 299, no agent, the text quoted. */
function warningHeader(message: string): string {
  const printable = message.replaceAll(/[^\x20-\x7e]/g, "?");
  return `299 - "${printable.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

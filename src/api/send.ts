import type { FastifyReply } from "fastify";
import type { JsonObject } from "../model/source-object.ts";
import type { Representation } from "./media-types.ts";

export async function sendJson(reply: FastifyReply, code: number, object: JsonObject): Promise<void> {
  await reply.code(code).type("application/json").send(JSON.stringify(object));
}

export async function sendObject(
  reply: FastifyReply,
  code: number,
  { encoding }: Representation,
  object: JsonObject,
): Promise<void> {
  if (encoding === "json") return sendJson(reply, code, object);
  const { stringify } = await import("yaml");
  await reply.code(code).type("application/yaml").send(stringify(object));
}

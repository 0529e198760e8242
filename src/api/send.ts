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
  // Many clients still read YAML 1.1, where more texts need quotes: times, "yes", "0x1".
  const { stringify } = await import("yaml");
  await reply
    .code(code)
    .type("application/yaml")
    .send(stringify(object, { version: "1.1" }));
}

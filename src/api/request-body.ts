import type { FastifyRequest } from "fastify";
import { badRequest } from "./api-error.ts";

/** Bodies arrive as bytes, whatever their type: each route decides what it reads. Throws the API's 400 for what is not UTF-8. */
export function textOfBody(request: FastifyRequest): string {
  const { body } = request;
  if (body === undefined || body === null) return "";
  if (!(body instanceof Uint8Array)) throw badRequest("the request's body could not be read");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw badRequest("the request's body is not UTF-8");
  }
}

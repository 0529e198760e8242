import type { FastifyRequest } from "fastify";
import { badRequest } from "./api-error.ts";

/** Bodies arrive as bytes, whatever their type: each route decides what it reads. Empty where there is none. */
export function bytesOfBody(request: FastifyRequest): Uint8Array {
  const { body } = request;
  if (body === undefined || body === null) return new Uint8Array();
  if (!(body instanceof Uint8Array)) throw badRequest("the request's body could not be read");
  return body;
}

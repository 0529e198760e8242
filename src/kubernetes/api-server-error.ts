import { isObject } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";
import type { KubernetesAnswer } from "./client.ts";

/** The API server answered, but not with what was asked for. */
export class ApiServerError extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor({ status, body, retryAfterMs }: KubernetesAnswer) {
    super(messageOf(status, body));
    this.name = "ApiServerError";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** In the words of the `Status` object, or of the text that came in its place. */
function messageOf(status: number, body: Json): string {
  if (isObject(body) && typeof body.message === "string") return `${body.message} (${status})`;
  if (typeof body === "string" && body.trim() !== "") return `${body.trim().slice(0, 200)} (${status})`;
  return `the API server answered ${status}`;
}

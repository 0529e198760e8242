import { isObject, listAt, textAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import { ApiServerError } from "./api-server-error.ts";
import type { KubernetesClient } from "./client.ts";

export interface ListRequest {
  readonly client: KubernetesClient;
  /** `/api/v1/services`. */
  readonly path: string;
  /** Selectors. */
  readonly query: Readonly<Record<string, string>>;
  /** Another view of the list; the whole objects where undefined. */
  readonly accept: string | undefined;
  /** The answer is not older than this; undefined for what holds now, which costs the server a quorum read. */
  readonly notOlderThan: string | undefined;
  /** Called with each item as its page arrives, so that a large list is never held as it came. */
  readonly item: (item: JsonObject) => void;
  /** Called where the list has to begin again: forget the items so far. */
  readonly restart: () => void;
  readonly signal: AbortSignal;
}

const PAGE = "500";
const GONE = 410;

/**
 * Lists a collection page by page; resolves with the resource version that the whole list stands for.
 * Items of a list have no `apiVersion` and `kind` of their own; both are filled in.
 * Throws `ApiServerError` where the server answered with anything but a list.
 */
export async function listAll(request: ListRequest): Promise<string> {
  let query: Record<string, string> = { ...request.query, limit: PAGE };
  if (request.notOlderThan !== undefined) {
    query.resourceVersion = request.notOlderThan;
    query.resourceVersionMatch = "NotOlderThan";
  }
  for (;;) {
    const { client, path, signal, accept } = request;
    const answer = await client.request({
      method: "GET",
      path,
      query,
      signal,
      ...(accept === undefined ? {} : { accept }),
    });
    if (answer.status === GONE && query.continue !== undefined) {
      // The list took longer than the server keeps its past: at once and whole, so that it comes to an end however slow this goes.
      request.restart();
      query = { ...request.query };
      continue;
    }
    if (answer.status !== 200) throw new ApiServerError(answer);
    for (const item of itemsOf(answer.body)) request.item(item);
    const more = textAt(answer.body, "metadata", "continue") ?? "";
    if (more === "") return versionOf(answer.body);
    query = { ...request.query, limit: PAGE, continue: more };
  }
}

function* itemsOf(list: Json): Iterable<JsonObject> {
  const apiVersion = textAt(list, "apiVersion") ?? "";
  const kind = (textAt(list, "kind") ?? "").replace(/List$/, "");
  for (const item of listAt(list, "items")) if (isObject(item)) yield { apiVersion, kind, ...item };
}

function versionOf(list: Json): string {
  const version = textAt(list, "metadata", "resourceVersion");
  if (version === undefined) throw new Error("a list came without a resource version");
  return version;
}

import type { ServerResponse } from "node:http";
import type { JsonObject } from "../model/source-object.ts";
import type { WatchEvent, WatchStream } from "./resources/watch.ts";

/** What may wait for a slow client before its watch is cut; it comes back with the last version it has seen. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface WatchConnectionOptions {
  /** The form in which each object is shown. */
  readonly present: (object: JsonObject) => JsonObject;
  readonly bookmarkEveryMs: number;
}

/**
 * Writes a watch to its client, one JSON document a line, until the client goes, the time is over or the server stops. Returns the
 * function that ends it.
 */
export async function serveWatch(
  response: ServerResponse,
  stream: WatchStream,
  { present, bookmarkEveryMs }: WatchConnectionOptions,
): Promise<() => void> {
  let stop: (() => void) | undefined;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timeout);
    clearInterval(bookmarks);
    stop?.();
    response.end();
  };
  const send = (event: WatchEvent): void => {
    if (isOver) return;
    const isObject = event.type !== "BOOKMARK" && event.type !== "ERROR";
    const object = isObject ? present(event.object) : event.object;
    response.write(`${JSON.stringify({ type: event.type, object })}\n`);
    if (response.writableLength > MAX_WAITING_BYTES) {
      end();
      response.destroy();
    }
  };
  const sendBookmark = (): void => {
    const bookmark = stream.bookmark();
    if (bookmark !== undefined) send(bookmark);
  };
  const timeout = setTimeout(() => {
    sendBookmark();
    end();
  }, stream.timeoutMs);
  const bookmarks = setInterval(sendBookmark, bookmarkEveryMs);
  response.once("close", end);
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  stop = await stream.start(send, end);
  if (isOver) stop();
  return end;
}

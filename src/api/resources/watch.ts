import { objectAt, textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { type ApiError, badRequest, expired } from "../api-error.ts";
import { flagIn, numberIn } from "../query.ts";
import { storedApiVersion } from "../served-kinds.ts";
import type { ViewEvent } from "./object-view.ts";
import { selectionOf, selectObjects } from "./read.ts";
import { authorize, inVersion, kindOfTarget, type ResourceRequest, type ResourceRoom } from "./request.ts";
import { decodeRevision, encodeRevision, type Revision } from "./revisions.ts";

/** meta/v1 WatchEvent. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: JsonObject;
}

export interface WatchStream {
  readonly kind: "watch";
  /** Milliseconds after which the server ends the watch. */
  readonly timeoutMs: number;
  /** Begins to deliver; returns the function that ends it. `end` is called where nothing more can follow. */
  start(send: (event: WatchEvent) => void, end: () => void): Promise<() => void>;
  /** A bookmark of this moment; undefined where the client asked for none. */
  bookmark(): WatchEvent | undefined;
}

/** Between half an hour and an hour, so that clients do not all come back at once. */
function defaultTimeout(): number {
  return (1800 + Math.random() * 1800) * 1000;
}

const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };

export function watchObjects(room: ResourceRoom, request: ResourceRequest): WatchStream {
  authorize(request, "watch");
  const { target, query } = request;
  const { served } = target;
  const wantsBookmarks = flagIn(query, "allowWatchBookmarks");
  const wantsInitial = query.get("sendInitialEvents");
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (wantsInitial !== null && match !== "NotOlderThan") {
    throw badRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (wantsInitial === null && match !== "") {
    throw badRequest("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  const { selects, single } = selectionOf(request);
  const isSelected = ({ ref }: ViewEvent, body: JsonObject | undefined): boolean =>
    body !== undefined && (target.namespace === "" || ref.namespace === target.namespace) && selects(body);
  const isFromNow = version === "" || version === "0";
  const timeout = numberIn(query, "timeoutSeconds") ?? 0;
  const bookmarkAt = (revision: Revision, annotations?: JsonObject): WatchEvent => ({
    type: "BOOKMARK",
    object: inVersion(served, {
      apiVersion: storedApiVersion(served.definition),
      metadata: { resourceVersion: encodeRevision(revision), ...(annotations === undefined ? {} : { annotations }) },
    }),
  });

  return {
    kind: "watch",
    timeoutMs: timeout === 0 ? defaultTimeout() : timeout * 1000,
    bookmark: () => (wantsBookmarks ? bookmarkAt(room.view.revision) : undefined),
    start: async (send, end) => {
      const fail = (error: ApiError): (() => void) => {
        send({ type: "ERROR", object: error.status });
        end();
        return () => {};
      };
      const sendsState = wantsInitial === null ? isFromNow : flagIn(query, "sendInitialEvents");
      let after = isFromNow ? room.view.revision : decodeRevision(version);
      if (sendsState) {
        const current = await selectObjects(room, withoutPaging(request));
        for (const object of current.objects) send({ type: "ADDED", object });
        after = decodeRevision(textAt(current.metadata, "resourceVersion") ?? "");
        if (after !== undefined && wantsInitial !== null && wantsBookmarks) send(bookmarkAt(after, INITIAL_EVENTS_END));
      }
      if (after === undefined) return fail(tooOld(version, room.view.revision));
      const watching = await room.view.watch(
        { kind: kindOfTarget(target), after, isSingle: single !== undefined },
        {
          event: (event) => {
            const told = tell(event, isSelected(event, event.before), isSelected(event, event.after));
            if (told !== undefined) send({ type: told.type, object: inVersion(served, told.object) });
          },
          expired: () => fail(tooOld(version, room.view.revision)),
        },
      );
      return watching.kind === "expired" ? fail(tooOld(version, room.view.revision)) : watching.stop;
    },
  };
}

/** What a change is to somebody who sees only what is selected. A deletion shows the last state, under the version of the deletion. */
function tell(event: ViewEvent, wasSelected: boolean, isSelected: boolean): WatchEvent | undefined {
  const { before, after, revision } = event;
  if (after !== undefined && isSelected) return { type: wasSelected ? "MODIFIED" : "ADDED", object: after };
  if (before === undefined || !wasSelected) return undefined;
  const metadata = { ...objectAt(before, "metadata"), resourceVersion: encodeRevision(revision) };
  return { type: "DELETED", object: { ...before, metadata } };
}

function withoutPaging(request: ResourceRequest): ResourceRequest {
  const query = new URLSearchParams(request.query);
  for (const name of ["resourceVersion", "resourceVersionMatch", "limit", "continue"]) query.delete(name);
  return { ...request, query };
}

function tooOld(asked: string, now: Revision): ApiError {
  return expired(`too old resource version: ${asked} (${encodeRevision(now)})`);
}

import type { JsonObject } from "../../model/source-object.ts";
import { badRequest, expired, notFound } from "../api-error.ts";
import { numberIn } from "../query.ts";
import { type Continuation, formatContinue, parseContinue } from "./continue-token.ts";
import type { VisibleObject } from "./object-view.ts";
import {
  authorize,
  inVersion,
  kindOfTarget,
  type ListAnswer,
  type ObjectAnswer,
  type ResourceRequest,
  type ResourceRoom,
  refOfTarget,
} from "./request.ts";
import { decodeRevision, encodeRevision } from "./revisions.ts";
import { parseFieldSelector, parseLabelSelector, type Selector } from "./selectors.ts";

export async function getObject(room: ResourceRoom, request: ResourceRequest): Promise<ObjectAnswer> {
  authorize(request, "get");
  const { target } = request;
  const found = await room.view.get(refOfTarget(target));
  if (found === undefined) throw notFound(target.served, target.name);
  return { kind: "object", code: 200, object: inVersion(target.served, found.body) };
}

export async function listObjects(room: ResourceRoom, request: ResourceRequest): Promise<ListAnswer> {
  authorize(request, "list");
  return selectObjects(room, request);
}

export interface Selection {
  readonly selects: Selector;
  readonly isSelective: boolean;
  /** Set where one object alone can be selected. */
  readonly single: { readonly namespace: string; readonly name: string } | undefined;
}

/** What `labelSelector` and `fieldSelector` ask for. */
export function selectionOf({ target, query }: ResourceRequest): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "");
  const { namespaced } = target.served.definition;
  const namespace = target.namespace === "" ? fields?.namespace : target.namespace;
  const name = fields?.name;
  const isSingle = name !== undefined && (!namespaced || namespace !== undefined);
  return {
    selects: (object) => (labels?.(object) ?? true) && (fields?.selects(object) ?? true),
    isSelective: labels !== undefined || fields !== undefined,
    single: isSingle ? { namespace: namespaced ? (namespace ?? "") : "", name } : undefined,
  };
}

/** The list without the question who may see it. */
export async function selectObjects(room: ResourceRoom, request: ResourceRequest): Promise<ListAnswer> {
  const { target, query } = request;
  const { selects, isSelective, single } = selectionOf(request);
  const show = ({ body }: VisibleObject): JsonObject => inVersion(target.served, body);
  const continuation = continuationOf(query);
  if (single !== undefined) {
    const revision = room.view.revision;
    const found = await room.view.get({ ...kindOfTarget(target), ...single, scope: "" });
    const objects = found === undefined ? [] : [found].map(show).filter(selects);
    return { kind: "list", objects, metadata: { resourceVersion: encodeRevision(revision) } };
  }
  // A limit counts what is selected; with a selector the list is given whole, as servers may.
  const limit = isSelective ? 0 : (numberIn(query, "limit") ?? 0);
  const listed = await room.view.list({
    kind: kindOfTarget(target),
    ...(target.namespace === "" ? {} : { namespace: target.namespace }),
    ...(limit === 0 ? {} : { limit }),
    ...continuation,
  });
  if (listed.kind === "expired") {
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
    );
  }
  const { next, revision } = listed;
  return {
    kind: "list",
    objects: listed.objects.map(show).filter(selects),
    metadata: {
      resourceVersion: encodeRevision(revision),
      ...(next === undefined ? {} : { continue: formatContinue({ at: revision.store, after: next }) }),
    },
  };
}

/** `continue`, or the past that `resourceVersionMatch=Exact` asks for. The present is never older than any other version asked for. */
function continuationOf(query: URLSearchParams): Partial<Continuation> {
  const token = query.get("continue") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (match !== "" && version === "")
    throw badRequest("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (token !== "") {
    if (version !== "" && version !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    return parseContinue(token);
  }
  if (version === "" || version === "0") return {};
  const revision = decodeRevision(version);
  if (revision === undefined) throw badRequest(`invalid resource version ${JSON.stringify(version)}`);
  return match === "Exact" ? { at: revision.store } : {};
}

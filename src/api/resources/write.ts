import { textAt } from "../../model/json.ts";
import type { JsonObject, ObjectRef } from "../../model/source-object.ts";
import type { Expectation } from "../../sources/store/store.ts";
import { ApiError, alreadyExists, badRequest, conflict, notFound, unsupportedMediaType } from "../api-error.ts";
import { parseMediaType } from "../media-types.ts";
import { applyPatch, patchTypes } from "../patch/apply-patch.ts";
import { asObject, depthOf, MAX_DEPTH, parseJson } from "../patch/json-value.ts";
import { fieldValidationIn, isDryRun } from "../query.ts";
import { readBody, textOf } from "./body.ts";
import { bodyOfStored, type VisibleObject } from "./object-view.ts";
import { expectedVersion, prepareCreate, prepareStatusUpdate, prepareUpdate, type WriteContext } from "./prepare.ts";
import {
  authorize,
  inVersion,
  mayRead,
  type ObjectAnswer,
  type ResourceRequest,
  type ResourceRoom,
  refOfTarget,
  refuseForeignObject,
} from "./request.ts";
import { decodeRevision } from "./revisions.ts";

/** How often a patch is applied anew because somebody else was quicker, and how many generated names are tried. */
const ATTEMPTS = 5;

export async function createObject(room: ResourceRoom, request: ResourceRequest): Promise<ObjectAnswer> {
  authorize(request, "create");
  const { target, query } = request;
  const { served } = target;
  if (served.definition.namespaced && target.namespace === "") {
    throw badRequest("an empty namespace may not be set during creation");
  }
  const body = await readBody(request);
  const dryRun = isDryRun(query.getAll("dryRun"), "CreateOptions");
  const givenName = textAt(body, "metadata", "name") ?? "";
  const prefix = textAt(body, "metadata", "generateName") ?? "";
  for (let attempt = 1; ; attempt++) {
    const name = givenName === "" && prefix !== "" ? `${prefix}${room.nameSuffix()}` : givenName;
    const ref = refOfTarget({ ...target, name });
    const object = prepareCreate(contextOf(room, request, name, "CreateOptions"), body);
    refuseForeignObject(room, served, ref);
    const created = await put(room, ref, object, { kind: "absent" }, dryRun);
    if (created !== undefined) return { kind: "object", code: 201, object: inVersion(served, created) };
    if (givenName !== "" || attempt === ATTEMPTS) throw alreadyExists(served, name);
  }
}

export async function replaceObject(room: ResourceRoom, request: ResourceRequest): Promise<ObjectAnswer> {
  authorize(request, "update");
  const { target, query } = request;
  const { served, name } = target;
  const body = await readBody(request);
  const dryRun = isDryRun(query.getAll("dryRun"), "UpdateOptions");
  const ref = refOfTarget(target);
  refuseForeignObject(room, served, ref);
  const expected = expectedVersion(body);
  for (let attempt = 1; ; attempt++) {
    const current = await room.view.get(ref);
    if (current === undefined) throw notFound(served, name);
    if (expected !== undefined && !isVersion(current, expected)) throw conflict(served, name);
    const updated = await update(room, request, current, body, "UpdateOptions", dryRun);
    if (updated !== undefined) return updated;
    if (expected !== undefined || attempt === ATTEMPTS) throw conflict(served, name);
  }
}

export async function patchObject(room: ResourceRoom, request: ResourceRequest): Promise<ObjectAnswer> {
  authorize(request, "patch");
  const { target, query } = request;
  const { served, name } = target;
  // The answer to a patch is the whole object, whatever the patch says.
  if (served.definition.confidential && !mayRead(request)) authorize(request, "get");
  const { type } = parseMediaType(request.contentType);
  if (!patchTypes.includes(type)) throw unsupportedMediaType(patchTypes);
  const patch = parseJson(textOf(request.bytes));
  const dryRun = isDryRun(query.getAll("dryRun"), "PatchOptions");
  const ref = refOfTarget(target);
  refuseForeignObject(room, served, ref);
  for (let attempt = 1; ; attempt++) {
    const current = await room.view.get(ref);
    if (current === undefined) throw notFound(served, name);
    const before = inVersion(served, current.body);
    const body = applyPatch(served.definition, type, before, patch);
    if (depthOf(body) > MAX_DEPTH)
      throw badRequest(`the result of the patch is nested deeper than ${MAX_DEPTH} levels`);
    // A patch that names a version wants to change that version; the one read here is implied otherwise.
    const expected = expectedVersion(body);
    if (expected !== undefined && !isVersion(current, expected)) throw conflict(served, name);
    const updated = await update(room, request, current, body, "PatchOptions", dryRun);
    if (updated !== undefined) return updated;
    if (attempt === ATTEMPTS) throw conflict(served, name);
  }
}

/** Undefined where somebody else was quicker. */
async function update(
  room: ResourceRoom,
  request: ResourceRequest,
  current: VisibleObject,
  body: JsonObject,
  optionsKind: string,
  dryRun: boolean,
): Promise<ObjectAnswer | undefined> {
  const { target } = request;
  const { served, name, subresource } = target;
  const context = contextOf(room, request, name, optionsKind);
  const previous = current.stored?.body ?? withoutVersion(current.body);
  const prepare = subresource === "status" ? prepareStatusUpdate : prepareUpdate;
  const object = prepare(context, previous, body);
  const answer = (shown: JsonObject): ObjectAnswer => ({ kind: "object", code: 200, object: inVersion(served, shown) });
  if (object === previous) return answer(current.body);
  const expect: Expectation =
    current.stored === undefined ? { kind: "absent" } : { kind: "revision", revision: current.stored.revision };
  if (isFinished(object)) {
    if (!dryRun && (await room.store.delete(current.ref, { expect })).kind !== "deleted") return undefined;
    return answer(object);
  }
  const stored = await put(room, current.ref, object, expect, dryRun, current);
  return stored && answer(stored);
}

/** The object as it is shown once stored; undefined where the store holds something else than expected. */
async function put(
  room: ResourceRoom,
  ref: ObjectRef,
  object: JsonObject,
  expect: Expectation,
  dryRun: boolean,
  current?: VisibleObject,
): Promise<JsonObject | undefined> {
  if (dryRun) {
    if (expect.kind === "absent" && current === undefined && (await room.store.get(ref)) !== undefined)
      return undefined;
    const { resourceVersion } = current === undefined ? {} : metadataOf(current.body);
    return resourceVersion === undefined ? object : { ...object, metadata: { ...metadataOf(object), resourceVersion } };
  }
  const outcome = await room.store.put(ref, object, { expect });
  switch (outcome.kind) {
    case "stored":
      return bodyOfStored(outcome.object);
    case "conflict":
      return undefined;
    case "fenced":
      throw new ApiError(500, "InternalError", "a write without a fence was refused as fenced");
  }
}

function contextOf(room: ResourceRoom, request: ResourceRequest, name: string, optionsKind: string): WriteContext {
  const { target, query, warn } = request;
  return {
    served: target.served,
    namespace: target.namespace,
    name,
    fieldValidation: fieldValidationIn(query, optionsKind),
    now: room.now(),
    newUid: room.newUid,
    warn,
  };
}

function isVersion(current: VisibleObject, version: string): boolean {
  const revision = decodeRevision(version);
  return current.stored === undefined
    ? textAt(current.body, "metadata", "resourceVersion") === version
    : revision?.store === current.stored.revision && revision.overlay === 0;
}

/** An object that was waiting for its finalizers to be removed, and now has none. */
function isFinished(object: JsonObject): boolean {
  const { deletionTimestamp, finalizers } = metadataOf(object);
  return (
    deletionTimestamp !== undefined &&
    (finalizers === undefined || (Array.isArray(finalizers) && finalizers.length === 0))
  );
}

function metadataOf(object: JsonObject): JsonObject {
  return asObject(object.metadata ?? {}, "metadata");
}

function withoutVersion(body: JsonObject): JsonObject {
  const { resourceVersion: _version, ...metadata } = metadataOf(body);
  return { ...body, metadata };
}

import { listAt, objectAt, textAt } from "../../model/json.ts";
import type { JsonObject } from "../../model/source-object.ts";
import type { Expectation } from "../../sources/store/store.ts";
import { conflict, forbiddenObject, notFound } from "../api-error.ts";
import { isDryRun } from "../query.ts";
import { readBody } from "./body.ts";
import type { VisibleObject } from "./object-view.ts";
import { timestamp } from "./prepare.ts";
import { selectObjects } from "./read.ts";
import {
  authorize,
  type ResourceRequest,
  type ResourceRoom,
  refOfTarget,
  refuseForeignObject,
  type StatusAnswer,
} from "./request.ts";
import { decodeRevision } from "./revisions.ts";

interface DeleteOptions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

/** Deletes one object, or marks it as going where finalizers hold it. `propagationPolicy` is accepted: nothing depends on anything here. */
export async function deleteObject(room: ResourceRoom, request: ResourceRequest): Promise<StatusAnswer> {
  authorize(request, "delete");
  const { served, name } = request.target;
  const ref = refOfTarget(request.target);
  refuseForeignObject(room, served, ref);
  const options = await optionsOf(request);
  for (;;) {
    const current = await room.view.get(ref);
    if (current === undefined) throw notFound(served, name);
    if (current.stored === undefined)
      throw forbiddenObject(served, name, "this object is built in and may not be deleted");
    checkPreconditions(request, current, options);
    if (await remove(room, current, options.dryRun)) return success(request, current.body);
  }
}

export async function deleteCollection(room: ResourceRoom, request: ResourceRequest): Promise<StatusAnswer> {
  authorize(request, "deletecollection");
  const { target } = request;
  const options = await optionsOf(request);
  const { objects } = await selectObjects(room, request);
  for (const object of objects) {
    const namespace = textAt(object, "metadata", "namespace") ?? "";
    const ref = refOfTarget({ ...target, namespace, name: textAt(object, "metadata", "name") ?? "" });
    for (;;) {
      const current = await room.view.get(ref);
      if (current?.stored === undefined || (await remove(room, current, options.dryRun))) break;
    }
  }
  return success(request, undefined);
}

/** Options come in the body (meta/v1 DeleteOptions), in the query, or not at all. */
async function optionsOf(request: ResourceRequest): Promise<DeleteOptions> {
  const body = request.bytes.length === 0 ? {} : await readBody(request);
  const dryRun = [...request.query.getAll("dryRun"), ...listAt(body, "dryRun").map(String)];
  return {
    uid: textAt(body, "preconditions", "uid"),
    resourceVersion: textAt(body, "preconditions", "resourceVersion"),
    dryRun: isDryRun(dryRun, "DeleteOptions"),
  };
}

function checkPreconditions(
  { target }: ResourceRequest,
  { body, stored }: VisibleObject,
  options: DeleteOptions,
): void {
  const own = objectAt(body, "metadata");
  if (options.uid !== undefined && options.uid !== own.uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${String(textAt(own, "uid"))}`;
    throw conflict(target.served, target.name, why);
  }
  if (options.resourceVersion !== undefined && decodeRevision(options.resourceVersion)?.store !== stored?.revision) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${String(textAt(own, "resourceVersion"))}`;
    throw conflict(target.served, target.name, why);
  }
}

/** False where the object was changed in the meantime. */
async function remove(room: ResourceRoom, { ref, stored }: VisibleObject, dryRun: boolean): Promise<boolean> {
  if (stored === undefined || dryRun) return true;
  const expect: Expectation = { kind: "revision", revision: stored.revision };
  const metadata = objectAt(stored.body, "metadata");
  if (listAt(metadata, "finalizers").length === 0) {
    const { kind } = await room.store.delete(ref, { expect });
    return kind === "deleted" || kind === "absent";
  }
  if (metadata.deletionTimestamp !== undefined) return true;
  const going = { ...metadata, deletionTimestamp: timestamp(room.now()), deletionGracePeriodSeconds: 0 };
  return (await room.store.put(ref, { ...stored.body, metadata: going }, { expect })).kind === "stored";
}

function success({ target }: ResourceRequest, body: JsonObject | undefined): StatusAnswer {
  const { definition } = target.served;
  const uid = textAt(body, "metadata", "uid");
  return {
    kind: "status",
    code: 200,
    object: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: {
        ...(target.name === "" ? {} : { name: target.name }),
        ...(definition.group === "" ? {} : { group: definition.group }),
        kind: definition.plural,
        ...(uid === undefined ? {} : { uid }),
      },
    },
  };
}

import { isDeepStrictEqual } from "node:util";
import { admit, judgeUpdate } from "../../admission/admit.ts";
import type { KindDefinition, Violation } from "../../admission/kind-definition.ts";
import { listAt, objectAt, textAt } from "../../model/json.ts";
import { formatPath } from "../../model/provenance.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { badRequest, conflict, invalid } from "../api-error.ts";
import { apiVersionOf, type ServedKind, storedApiVersion } from "../served-kinds.ts";

/** What to do about fields nobody knows (the query parameter `fieldValidation`). */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface WriteContext {
  readonly served: ServedKind;
  readonly namespace: string;
  /** Empty where the server is to make one from `generateName`. */
  readonly name: string;
  readonly fieldValidation: FieldValidation;
  readonly now: Date;
  readonly newUid: () => string;
  /** Told to the client in `Warning` headers. */
  readonly warn: (message: string) => void;
}

/** The object as it will be stored by a create. Throws what the API answers where the body cannot be accepted. */
export function prepareCreate(context: WriteContext, body: JsonObject): JsonObject {
  const { served, now, newUid } = context;
  checkAddress(context, body);
  if ((textAt(body, "metadata", "resourceVersion") ?? "") !== "") {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  const { status, ...wanted } = body;
  const fresh = served.definition.hasStatus || status === undefined ? wanted : body;
  const object = admitted(context, place(context, fresh));
  return withMetadata(object, {
    uid: newUid(),
    generation: 1,
    creationTimestamp: timestamp(now),
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
  });
}

/** The object as it will be stored by an update of `previous`; `previous` itself where nothing would change. */
export function prepareUpdate(context: WriteContext, previous: JsonObject, body: JsonObject): JsonObject {
  const { served } = context;
  const { definition } = served;
  checkAddress(context, body);
  const uid = textAt(body, "metadata", "uid") ?? "";
  const ownUid = textAt(previous, "metadata", "uid") ?? "";
  if (uid !== "" && uid !== ownUid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${ownUid}`;
    throw conflict(served, context.name, why);
  }
  const kept = definition.hasStatus ? { ...body, status: previous.status } : body;
  const object = admitted(context, place(context, kept), previous);
  return finishUpdate(definition, previous, withServerMetadata(previous, object));
}

/** As an update, but through the status subresource: everything else stays as it was. */
export function prepareStatusUpdate(context: WriteContext, previous: JsonObject, body: JsonObject): JsonObject {
  checkAddress(context, body);
  const object = admitted(context, place(context, { ...previous, status: body.status }), previous);
  return finishUpdate(context.served.definition, previous, withServerMetadata(previous, object));
}

/** Whether the client wants the very version it has read to be replaced. Undefined where it does not care. */
export function expectedVersion(body: JsonObject): string | undefined {
  const version = textAt(body, "metadata", "resourceVersion") ?? "";
  return version === "" || version === "0" ? undefined : version;
}

export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The parts of an object that people want: what counts for `metadata.generation`. */
function wantedState(body: JsonObject, definition: KindDefinition): JsonObject {
  const { metadata: _metadata, apiVersion: _apiVersion, status, ...rest } = body;
  return definition.hasStatus ? rest : { ...rest, status };
}

function finishUpdate(definition: KindDefinition, previous: JsonObject, object: JsonObject): JsonObject {
  if (isDeepStrictEqual(withoutUndefined(previous), withoutUndefined(object))) return previous;
  const before = wantedState(previous, definition);
  const isSame = isDeepStrictEqual(withoutUndefined(before), withoutUndefined(wantedState(object, definition)));
  const generation = Number(objectAt(previous, "metadata").generation ?? 1);
  return withMetadata(object, { generation: isSame ? generation : generation + 1 });
}

/** What only the server sets is taken from the object that is there. */
function withServerMetadata(previous: JsonObject, object: JsonObject): JsonObject {
  const before = objectAt(previous, "metadata");
  const isGoing = before.deletionTimestamp !== undefined;
  const finalizers = isGoing ? keptFinalizers(previous, object) : objectAt(object, "metadata").finalizers;
  return withMetadata(object, {
    uid: before.uid,
    generation: before.generation,
    creationTimestamp: before.creationTimestamp,
    deletionTimestamp: before.deletionTimestamp,
    deletionGracePeriodSeconds: before.deletionGracePeriodSeconds,
    finalizers,
  });
}

/** "Once an object is being deleted, no finalizers can be added." */
function keptFinalizers(previous: JsonObject, object: JsonObject): readonly Json[] | undefined {
  const before = listAt(previous, "metadata", "finalizers");
  const kept = listAt(object, "metadata", "finalizers").filter((name) => before.includes(name));
  return kept.length === 0 ? undefined : kept;
}

/** The body's idea of where it belongs must be the path's. */
function checkAddress({ served, namespace, name }: WriteContext, body: JsonObject): void {
  const { definition, version } = served;
  const expected = apiVersionOf(definition.group, version);
  const apiVersion = textAt(body, "apiVersion") ?? "";
  if (apiVersion !== "" && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  const kind = textAt(body, "kind") ?? "";
  if (kind !== "" && kind !== definition.kind) {
    throw badRequest(`${kind} in version ${JSON.stringify(expected)} cannot be handled as a ${definition.kind}`);
  }
  const bodyNamespace = textAt(body, "metadata", "namespace") ?? "";
  if (bodyNamespace !== "" && bodyNamespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const bodyName = textAt(body, "metadata", "name") ?? "";
  if (bodyName !== "" && name !== "" && bodyName !== name) {
    throw badRequest(`the name of the object (${bodyName}) does not match the name on the URL (${name})`);
  }
}

function place({ served, namespace, name }: WriteContext, body: JsonObject): JsonObject {
  // Fields of the server's that it does not keep: a client that sends back what it has read elsewhere must not bring them in.
  const {
    resourceVersion: _version,
    selfLink: _link,
    managedFields: _fields,
    ...metadata
  } = objectAt(body, "metadata");
  return {
    ...body,
    apiVersion: storedApiVersion(served.definition),
    kind: served.definition.kind,
    metadata: {
      ...metadata,
      ...(name === "" ? {} : { name }),
      ...(served.definition.namespaced ? { namespace } : {}),
    },
  };
}

function admitted(context: WriteContext, body: JsonObject, previous?: JsonObject): JsonObject {
  const { served, fieldValidation, warn } = context;
  const { object, violations } = admit(served.definition, body);
  const unknown = violations.filter(({ kind }) => kind === "unknown-field").map(unknownField);
  if (unknown.length > 0 && fieldValidation === "Strict") throw strictDecodingError(served, unknown);
  if (fieldValidation === "Warn") for (const text of unknown) warn(text);
  const fatal = violations.filter(({ kind }) => kind !== "unknown-field");
  const broken = fatal.length > 0 || previous === undefined ? fatal : judgeUpdate(served.definition, previous, object);
  if (broken.length > 0) throw invalid(served, nameIn(body), broken);
  return object;
}

function unknownField({ path, hint }: Violation): string {
  return `unknown field "${formatPath(path)}"${hint === undefined ? "" : ` (${hint})`}`;
}

/** The API server's words: kubectl and people's scripts know them. */
function strictDecodingError({ definition, version }: ServedKind, unknown: readonly string[]): Error {
  const what = `${definition.kind} in version "${version}" cannot be handled as a ${definition.kind}`;
  return badRequest(`${what}: strict decoding error: ${unknown.join(", ")}`);
}

function nameIn(body: JsonObject): string {
  return textAt(body, "metadata", "name") ?? "";
}

function withMetadata(object: JsonObject, changes: JsonObject): JsonObject {
  return { ...object, metadata: withoutUndefined({ ...objectAt(object, "metadata"), ...changes }) };
}

function withoutUndefined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

import type { Violation } from "../admission/kind-definition.ts";
import { formatPath } from "../model/provenance.ts";
import type { JsonObject } from "../model/source-object.ts";
import type { ServedKind } from "./served-kinds.ts";

/** An answer other than success, in the words and the shape of the Kubernetes API (meta/v1 Status), which clients take apart. */
export class ApiError extends Error {
  readonly status: JsonObject;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** "ingresses.networking.k8s.io", "services". */
export function qualifiedResource({ definition }: ServedKind): string {
  return definition.group === "" ? definition.plural : `${definition.plural}.${definition.group}`;
}

function about({ definition }: ServedKind, name: string): JsonObject {
  return {
    ...(name === "" ? {} : { name }),
    ...(definition.group === "" ? {} : { group: definition.group }),
    kind: definition.plural,
  };
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function forbidden(message: string, details: JsonObject = {}): ApiError {
  return new ApiError(403, "Forbidden", message, details);
}

export function forbiddenObject(served: ServedKind, name: string, why: string): ApiError {
  const subject = name === "" ? qualifiedResource(served) : `${qualifiedResource(served)} "${name}"`;
  return forbidden(`${subject} is forbidden: ${why}`, about(served, name));
}

export function unknownPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function notFound(served: ServedKind, name: string): ApiError {
  return new ApiError(404, "NotFound", `${qualifiedResource(served)} "${name}" not found`, about(served, name));
}

export function methodNotAllowed(
  message = "the server does not allow this method on the requested resource",
): ApiError {
  return new ApiError(405, "MethodNotAllowed", message, {});
}

export function notAcceptable(offered: readonly string[]): ApiError {
  const message = `only the following media types are accepted: ${offered.join(", ")}`;
  return new ApiError(406, "NotAcceptable", message);
}

export function alreadyExists(served: ServedKind, name: string): ApiError {
  return new ApiError(
    409,
    "AlreadyExists",
    `${qualifiedResource(served)} "${name}" already exists`,
    about(served, name),
  );
}

export function conflict(served: ServedKind, name: string, why?: string): ApiError {
  const cause = why ?? "the object has been modified; please apply your changes to the latest version and try again";
  const message = `Operation cannot be fulfilled on ${qualifiedResource(served)} "${name}": ${cause}`;
  return new ApiError(409, "Conflict", message, about(served, name));
}

export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function tooLarge(limit: number): ApiError {
  return new ApiError(413, "RequestEntityTooLarge", `the request is larger than the ${limit} bytes that are allowed`);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new ApiError(415, "UnsupportedMediaType", message);
}

const causeReasons: Readonly<Record<Violation["kind"], readonly [reason: string, words: string]>> = {
  "unknown-field": ["FieldValueInvalid", "Invalid value"],
  invalid: ["FieldValueInvalid", "Invalid value"],
  type: ["FieldValueTypeInvalid", "Invalid value"],
  missing: ["FieldValueRequired", "Required value"],
};

/** The object breaks rules of its kind. Violations never hold secret values, so neither does this. */
export function invalid(served: ServedKind, name: string, violations: readonly Violation[]): ApiError {
  const { definition } = served;
  const causes = violations.map(({ kind, path, message, hint }) => {
    const [reason, words] = causeReasons[kind];
    const advice = hint === undefined ? "" : ` (${hint})`;
    return { reason, message: `${words}: ${message}${advice}`, field: formatPath(path) || "<nil>" };
  });
  const list = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = list.length === 1 ? list[0] : `[${list.join(", ")}]`;
  const kind = definition.group === "" ? definition.kind : `${definition.kind}.${definition.group}`;
  return new ApiError(422, "Invalid", `${kind} "${name}" is invalid: ${text}`, {
    ...about(served, name),
    kind: definition.kind,
    causes,
  });
}

/** A request whose options are wrong, in the shape the API server gives such answers. */
export function invalidOptions(kind: string, field: string, message: string): ApiError {
  const group = "meta.k8s.io";
  return new ApiError(422, "Invalid", `${kind}.${group} "" is invalid: ${field}: ${message}`, {
    group,
    kind,
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });
}

import { StoreError } from "../sources/store/store-error.ts";
import { ApiError, tooLarge, unknownPath } from "./api-error.ts";

/**
 * The answer for whatever went wrong. What is nobody's mistake outside is answered without its details, which `onError` is told:
 * messages of unknown origin could hold anything.
 */
export function answerForError(error: unknown, bodyLimit: number, onError: (error: unknown) => void): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) {
    onError(error);
    return new ApiError(storeErrorCodes[error.kind], storeErrorReasons[error.kind], error.message);
  }
  switch (codeOf(error)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return tooLarge(bodyLimit);
    case "FST_ERR_BAD_URL":
    case "FST_ERR_NOT_FOUND":
      return unknownPath();
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new ApiError(400, "BadRequest", "the request's body is not as long as its header says");
    default:
      onError(error);
      return new ApiError(500, "InternalError", "Internal error occurred: see the log of Weir");
  }
}

const storeErrorCodes: Readonly<Record<StoreError["kind"], number>> = {
  full: 507,
  "read-only": 500,
  busy: 503,
  damaged: 500,
  newer: 500,
  closed: 503,
  failed: 500,
};

const storeErrorReasons: Readonly<Record<StoreError["kind"], string>> = {
  full: "InternalError",
  "read-only": "InternalError",
  busy: "ServiceUnavailable",
  damaged: "InternalError",
  newer: "InternalError",
  closed: "ServiceUnavailable",
  failed: "InternalError",
};

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

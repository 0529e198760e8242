export type EnvoyProblemCode =
  | "envoy-not-found"
  | "envoy-not-executable"
  | "envoy-wrong-architecture"
  | "envoy-too-old"
  | "envoy-unknown-version"
  | "platform-unsupported"
  | "python-missing"
  | "pip-missing"
  | "download-failed"
  | "checksum-mismatch"
  | "disk-full"
  | "envoy-exited"
  | "envoy-not-ready"
  | "envoy-admin-unreachable";

/** Envoy cannot be had or cannot run, for a reason the user can do something about. */
export class EnvoyProblem extends Error {
  override readonly name = "EnvoyProblem";
  readonly code: EnvoyProblemCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: EnvoyProblemCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

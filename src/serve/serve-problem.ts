/** The server cannot listen, for a reason the user can do something about. */
export class ServeProblem extends Error {
  override readonly name = "ServeProblem";
  readonly code: "xds-address-in-use" | "xds-address-unusable" | "xds-tls-required" | "xds-authentication-required";
  /** What to do about it. */
  readonly hint: string;

  constructor(code: ServeProblem["code"], message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

import { type DiagnosticCode, diagnosticCodes, type Severity } from "./diagnostic-codes.ts";
import type { FieldPath, Position, Provenance } from "./provenance.ts";
import type { ObjectRef } from "./source-object.ts";

/** What a user is told about their input: data, never an exception. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** Undefined where the text could not even be read as an object. */
  readonly object?: ObjectRef;
  readonly source?: string;
  readonly path: FieldPath;
  /** Known at once for text that does not parse; looked up when shown for everything else. */
  readonly position?: Position;
  /** What is wrong, in one sentence. Never contains secret values. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A diagnostic about one field of one object, with the severity of its code. */
export function diagnose(code: DiagnosticCode, origin: Provenance, message: string, hint?: string): Diagnostic {
  const { severity } = diagnosticCodes[code];
  const base = { code, severity, object: origin.object, source: origin.source, path: origin.path, message };
  return hint === undefined ? base : { ...base, hint };
}

import type { Diagnostic } from "../model/diagnostic.ts";
import { type DiagnosticCode, diagnosticCodes } from "../model/diagnostic-codes.ts";
import type { FieldPath, Position } from "../model/provenance.ts";

/** What is wrong with the control plane's own configuration; shown like any other diagnostic. */
export function configurationProblem(
  code: DiagnosticCode,
  path: FieldPath,
  message: string,
  hint?: string,
  position?: Position,
): Diagnostic {
  return {
    code,
    severity: diagnosticCodes[code].severity,
    path,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { position }),
  };
}

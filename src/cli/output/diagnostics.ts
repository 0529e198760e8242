import type { Diagnostic } from "../../model/diagnostic.ts";
import { diagnosticCodes, type Severity } from "../../model/diagnostic-codes.ts";
import { formatPath, type Position } from "../../model/provenance.ts";
import { describeRef } from "../../model/source-object.ts";
import type { Style } from "./style.ts";

/** A diagnostic with what is only known where it is shown. */
export interface ShownDiagnostic extends Diagnostic {
  /** The lines it points at, with a caret; as `renderExcerpt` makes them. */
  readonly excerpt?: string;
}

/**
 * One diagnostic for a person: place, severity, code, message; the lines of the text around it; what to do.
 *
 *     shop.yaml:14:15: error WR0201 (missing service): there is no Service shop/crt
 *       13 |       - backendRefs:
 *       14 |         - name: crt
 *          |           ^
 *       Ingress shop/web, spec.rules[0]
 *       hint: did you mean cart?
 */
export function renderDiagnostic(diagnostic: ShownDiagnostic, style: Style): string {
  const { code, severity, message, hint, object, path, position, excerpt } = diagnostic;
  const place = position === undefined ? "" : `${showPosition(position)}: `;
  const { title } = diagnosticCodes[code];
  const field = path.length === 0 ? "" : `, ${formatPath(path)}`;
  const lines = [
    `${style.strong(place)}${paintSeverity(severity, style)} ${code} (${title}): ${message}`,
    ...(excerpt === undefined ? [] : excerpt.split("\n").map((line) => style.faint(`  ${line}`))),
    ...(object === undefined ? [] : [style.faint(`  ${describeRef(object)}${field}`)]),
    ...(hint === undefined ? [] : [`  ${style.name("hint:")} ${hint}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export function showPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function paintSeverity(severity: Severity, style: Style): string {
  switch (severity) {
    case "error":
      return style.bad(severity);
    case "warning":
      return style.warning(severity);
    case "info":
      return style.name("note");
  }
}

/** "2 errors, 1 warning". */
export function countSeverities(diagnostics: readonly Pick<Diagnostic, "severity">[]): string {
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    if (count === 0) return [];
    return [`${count} ${severity === "info" ? "note" : severity}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "no problems" : parts.join(", ");
}

import type { Position } from "../model/provenance.ts";

/** Lines shown before the one that is pointed at. */
const linesBefore = 1;
const longestLine = 160;

/**
 * The line a position points at, with the one before it and a caret below:
 *
 *     11 |     http:
 *     12 |       host: 10.0.0.1
 *        |       ^
 *
 * In a document that holds a Secret only keys are shown, because its values may stand on any line; so the caller need not know whether
 * the text could be parsed. Undefined if the text has no such line.
 */
export function renderExcerpt(text: string, position: Position): string | undefined {
  const lines = text.split(/\r\n|\r|\n/);
  const target = lines[position.line - 1];
  if (target === undefined) return undefined;
  const isSecret = holdsSecret(documentAround(lines, position.line - 1));
  const first = Math.max(0, position.line - 1 - linesBefore);
  const width = String(position.line).length;
  const shown = lines.slice(first, position.line).flatMap((line, index) => {
    const isTarget = first + index === position.line - 1;
    if (!isTarget && (line.trim() === "" || /^---/.test(line))) return [];
    return [`${String(first + index + 1).padStart(width)} | ${cut(isSecret ? masked(line) : line)}`];
  });
  const column = Math.min(position.column - 1, Math.min(target.length, longestLine));
  const indent = target.slice(0, column).replaceAll(/[^\t]/g, " ");
  return [...shown, `${" ".repeat(width)} | ${indent}^`].join("\n");
}

function cut(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}…`;
}

function documentAround(lines: readonly string[], index: number): readonly string[] {
  const isMarker = (line: string): boolean => /^---(\s|$)/.test(line);
  const start = lines.findLastIndex((line, at) => at <= index && isMarker(line));
  const end = lines.findIndex((line, at) => at > index && isMarker(line));
  return lines.slice(Math.max(start, 0), end < 0 ? lines.length : end);
}

/** Errs on the side of secrecy: the document need not be well-formed, and may be one line of JSON. */
function holdsSecret(lines: readonly string[]): boolean {
  const text = lines.join("\n");
  if (!/\bSecret(List)?\b/.test(text)) return /\bstringData\b/.test(text);
  const hasData = /\b(data|stringData)["']?\s*:/.test(text);
  const isOtherKind = /\bapiVersion["']?\s*:\s*["']?[\w.-]+\//.test(text);
  return hasData || !isOtherKind;
}

/** Keeps indentation and a plain key. */
function masked(line: string): string {
  const [, start = "", rest = ""] =
    /^(\s*(?:- )*(?:"[A-Za-z0-9_.-]+"|[A-Za-z0-9_.-]+)\s*:(?=\s|$))?(.*)$/.exec(line) ?? [];
  if (rest.trim() === "") return start;
  const gap = start === "" ? (/^\s*/.exec(rest)?.[0] ?? "") : " ";
  return `${start}${gap}…`;
}

import type { Diagnostic } from "../../model/diagnostic.ts";
import { renderExcerpt } from "../excerpt.ts";
import type { FileIndex } from "./file-index.ts";

/** The lines a diagnostic about a file, or about an object in one, points at. */
export function excerptOf(diagnostic: Diagnostic, index: FileIndex): string | undefined {
  const { object, source, path } = diagnostic;
  const isAboutObject = object !== undefined;
  const located = isAboutObject && source !== undefined ? index.locate({ source, object, path }) : undefined;
  const position = diagnostic.position ?? located;
  const text = position && index.textOf(position.file, isAboutObject);
  return position && text !== undefined ? renderExcerpt(text, position) : undefined;
}

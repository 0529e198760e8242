/** The text of one YAML document within a file. */
export interface DocumentText {
  readonly text: string;
  /** Line of the file, counted from 1, on which the text begins. */
  readonly firstLine: number;
}

/**
 * Cuts a file at its document markers: `---` at the start of a line is one wherever it stands (YAML 1.2.2 section 9.1.2), so that one
 * broken document does not reach into the next, and an edit reads only the documents it touches. A file with directives (`%YAML`)
 * stays whole, because they belong to the document behind the marker.
 */
export function splitDocuments(text: string): readonly DocumentText[] {
  if (/^%/m.test(text)) return [{ text, firstLine: 1 }];
  const documents: DocumentText[] = [];
  let start = 0;
  let firstLine = 1;
  for (const marker of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (marker.index === start) continue;
    const part = text.slice(start, marker.index);
    documents.push({ text: part, firstLine });
    firstLine += countLines(part);
    start = marker.index;
  }
  documents.push({ text: text.slice(start), firstLine });
  return documents;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

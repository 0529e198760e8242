import { isDeepStrictEqual } from "node:util";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Position, Provenance } from "../../model/provenance.ts";
import { objectKey, type SourceObject } from "../../model/source-object.ts";
import type { SourceBatch, SourceChange } from "../source.ts";
import { duplicateDiagnostic, type FileContent, type FoundObject, positionIn } from "./file-content.ts";
import { type FindPlace, placesIn } from "./yaml/position-in-document.ts";

/** What was found where a file is, or was: its content, why there is none, or that the file is gone. */
export type FileReading =
  | { readonly kind: "content"; readonly content: FileContent }
  | { readonly kind: "unreadable"; readonly diagnostic: Diagnostic }
  | { readonly kind: "gone"; readonly diagnostic?: Diagnostic };

interface FileState {
  /** What is in effect: the last content that could be read as a whole. */
  readonly content: FileContent | undefined;
  /** What the file holds now, even if it is not in effect. */
  readonly latest: FileContent | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

interface Claim {
  readonly content: FileContent;
  readonly index: number;
  readonly found: FoundObject;
}

/**
 * Joins the files of a source into objects: decides between files that define the same object (the first in order counts), keeps the
 * last readable content of a file that no longer parses, and reports only what changed. Knows no file system.
 */
export class FileIndex {
  readonly #compareFiles: (a: string, b: string) => number;
  readonly #files = new Map<string, FileState>();
  readonly #claims = new Map<string, Claim[]>();
  readonly #objects = new Map<string, SourceObject>();
  readonly #reported = new Map<string, readonly Diagnostic[]>();
  readonly #places = new Map<string, FindPlace>();

  /** `compareFiles` is the order in which files count when they define the same object. */
  constructor(compareFiles: (a: string, b: string) => number) {
    this.#compareFiles = compareFiles;
  }

  get files(): Iterable<string> {
    return this.#files.keys();
  }

  /** The content of a file that is in effect. */
  contentOf(file: string): FileContent | undefined {
    return this.#files.get(file)?.content;
  }

  /** The text a diagnostic is about: the content in effect for objects, what the file holds now for text that is none. */
  textOf(file: string, isAboutObject: boolean): string | undefined {
    const state = this.#files.get(file);
    const content = isAboutObject ? state?.content : (state?.latest ?? state?.content);
    return content?.parts.map(({ text }) => text).join("");
  }

  update(readings: ReadonlyMap<string, FileReading>): SourceBatch {
    const touched = new Set<string>();
    const inOrder = [...readings].toSorted(([a], [b]) => this.#compareFiles(a, b));
    for (const [file, reading] of inOrder) this.#place(file, reading, touched);
    const changes = [...touched].flatMap((key) => this.#decide(key));
    const affected = new Set(readings.keys());
    for (const key of touched) for (const claim of this.#claims.get(key) ?? []) affected.add(claim.content.file);
    return { changes, diagnostics: this.#diagnosticsOf(affected) };
  }

  /** Looks a field up in the text that is in effect. */
  locate(provenance: Provenance): Position | undefined {
    const claim = this.#claims.get(objectKey(provenance.object))?.[0];
    return claim && this.#position(claim, provenance);
  }

  #place(file: string, reading: FileReading, touched: Set<string>): void {
    const previous = this.#files.get(file);
    if (reading.kind === "gone") {
      if (reading.diagnostic === undefined) this.#files.delete(file);
      else this.#files.set(file, { content: undefined, latest: undefined, diagnostics: [reading.diagnostic] });
      this.#replaceClaims(previous?.content, undefined, touched);
      return;
    }
    if (reading.kind === "unreadable") {
      const { diagnostic } = reading;
      const kept = previous?.content === undefined ? diagnostic : sayingWhatIsKept(diagnostic);
      this.#files.set(file, { content: previous?.content, latest: undefined, diagnostics: [kept] });
      return;
    }
    const keep = !reading.content.isWhole && previous?.content !== undefined;
    const content = keep ? previous.content : reading.content;
    const { diagnostics } = reading.content;
    const told = keep ? diagnostics.map(sayingWhatIsKept) : diagnostics;
    this.#files.set(file, { content, latest: reading.content, diagnostics: told });
    if (!keep) this.#replaceClaims(previous?.content, content, touched);
  }

  #replaceClaims(before: FileContent | undefined, after: FileContent | undefined, touched: Set<string>): void {
    for (const { key } of before?.objects ?? []) {
      touched.add(key);
      const rest = (this.#claims.get(key) ?? []).filter((claim) => claim.content !== before);
      if (rest.length === 0) this.#claims.delete(key);
      else this.#claims.set(key, rest);
    }
    if (after === undefined) return;
    for (const [index, found] of after.objects.entries()) {
      touched.add(found.key);
      const claims = [...(this.#claims.get(found.key) ?? []), { content: after, index, found }];
      this.#claims.set(found.key, claims.toSorted(this.#compareClaims));
    }
  }

  readonly #compareClaims = (a: Claim, b: Claim): number =>
    a.content === b.content ? a.index - b.index : this.#compareFiles(a.content.file, b.content.file);

  #decide(key: string): SourceChange[] {
    const known = this.#objects.get(key);
    const winner = this.#claims.get(key)?.[0]?.found.object;
    if (winner === undefined) {
      this.#objects.delete(key);
      return known === undefined ? [] : [{ key, object: undefined }];
    }
    if (known !== undefined && isDeepStrictEqual(known.body, winner.body)) return [];
    const object = known === undefined ? winner : { ...winner, generation: nextGeneration(known, winner) };
    this.#objects.set(key, object);
    return [{ key, object }];
  }

  #diagnosticsOf(files: ReadonlySet<string>): Map<string, readonly Diagnostic[]> {
    const changed = new Map<string, readonly Diagnostic[]>();
    for (const file of files) {
      const state = this.#files.get(file);
      const diagnostics = state === undefined ? [] : [...state.diagnostics, ...this.#duplicatesIn(state.content)];
      if (isDeepStrictEqual(this.#reported.get(file) ?? [], diagnostics)) continue;
      if (diagnostics.length === 0) this.#reported.delete(file);
      else this.#reported.set(file, diagnostics);
      changed.set(file, diagnostics);
    }
    return changed;
  }

  #duplicatesIn(content: FileContent | undefined): Diagnostic[] {
    return (content?.objects ?? []).flatMap((found) => {
      const claims = this.#claims.get(found.key) ?? [];
      const [first] = claims;
      const claim = claims.find((candidate) => candidate.found === found);
      if (first === undefined || claim === undefined || claim === first) return [];
      return [duplicateDiagnostic(found, this.#position(claim), this.#position(first))];
    });
  }

  #position(claim: Claim, provenance?: Provenance): Position {
    return positionIn(claim.content, claim.found.place, provenance?.path ?? [], (text) => this.#placesOf(text));
  }

  /** Keeps the last few parsed texts: reports ask for many fields of few objects. */
  #placesOf(text: string): FindPlace {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const places = placesIn(text);
    const [oldest] = this.#places.keys();
    if (this.#places.size >= 32 && oldest !== undefined) this.#places.delete(oldest);
    this.#places.set(text, places);
    return places;
  }
}

function sayingWhatIsKept(diagnostic: Diagnostic): Diagnostic {
  const kept = "Until then the file's last readable content stays in effect.";
  return { ...diagnostic, hint: diagnostic.hint === undefined ? kept : `${diagnostic.hint} ${kept}` };
}

/** A change of labels, annotations or status is no change of the wanted state. */
function nextGeneration(known: SourceObject, next: SourceObject): number {
  const { metadata: _m, status: _s, ...before } = known.body;
  const { metadata: _n, status: _t, ...after } = next.body;
  return isDeepStrictEqual(before, after) ? known.generation : known.generation + 1;
}

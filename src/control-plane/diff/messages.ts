import type { Configuration } from "../../config/configuration.ts";
import type { Position, Provenance } from "../../model/provenance.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { FileText } from "../files-in-memory.ts";

/** What is to be compared with what runs. */
export interface DiffQuestion {
  readonly texts: readonly FileText[];
  readonly configuration: Configuration;
  readonly now: Date;
  readonly style: "plain" | "terminal";
}

/** An object in use, and the file it is from, where that has a name. */
export interface RunningObject {
  readonly object: SourceObject;
  readonly file: string | undefined;
}

/** To the thread that compares: the question, then all objects in use in pieces, `compare`; later the answer to `locate`. */
export type ToWorker =
  | { readonly kind: "question"; readonly question: DiffQuestion }
  | { readonly kind: "objects"; readonly objects: readonly RunningObject[] }
  | { readonly kind: "compare" }
  | { readonly kind: "located"; readonly positions: readonly (Position | undefined)[] };

/** From that thread: the places it needs to know, of which only the sources at work have the text; then the answer, as JSON text. */
export type FromWorker =
  | { readonly kind: "locate"; readonly provenances: readonly Provenance[] }
  | { readonly kind: "answer"; readonly json: string };

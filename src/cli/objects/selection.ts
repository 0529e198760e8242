import { CliError } from "../cli-error.ts";
import type { Invocation } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { kindOf, kindsNamed, type ServedKind } from "./kinds.ts";
import { readObjects } from "./read-objects.ts";

/** What `get`, `delete` and `describe` are about: kinds in a namespace (undefined: all of them), or single objects of them. */
export interface Selection {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  /** Undefined for all objects. */
  readonly name: string | undefined;
}

/** From arguments (`kind`, `kind1,kind2`, `kind name…`, `kind/name…`) or from `files`. */
export async function selectionOf(
  { arguments: words, terminal, value }: Invocation,
  kinds: readonly ServedKind[],
  { files, allNamespaces }: { readonly files: readonly string[]; readonly allNamespaces: boolean },
): Promise<readonly Selection[]> {
  const wanted = value(common.namespace);
  const namespace = allNamespaces ? undefined : (wanted ?? "default");
  const [first, ...names] = words;
  if (files.length > 0) {
    if (first !== undefined)
      throw new CliError("give either kinds and names or files with -f", undefined, exitCodes.usage);
    const objects = await readObjects(files, kinds, terminal);
    return objects.map((object) => {
      const kind = kindOf(object.apiVersion, object.kind, kinds);
      return { kind, namespace: kind.namespaced ? (wanted ?? object.namespace) : undefined, name: object.name };
    });
  }
  if (first === undefined) {
    throw new CliError("say which kind of objects", "`weir kinds` lists the kinds", exitCodes.usage);
  }
  const named = (word: string): readonly ServedKind[] => word.split(",").flatMap((part) => kindsNamed(part, kinds));
  if (first.includes("/")) {
    return words.flatMap((word) => {
      const [kindWord = "", name, ...rest] = word.split("/");
      if (name === undefined || name === "" || rest.length > 0) {
        throw new CliError(`not kind/name: ${word}`, undefined, exitCodes.usage);
      }
      return named(kindWord).map((kind) => ({ kind, namespace, name }));
    });
  }
  const found = named(first);
  if (names.length === 0) return found.map((kind) => ({ kind, namespace, name: undefined }));
  if (allNamespaces) throw new CliError("names need one namespace, not all of them", undefined, exitCodes.usage);
  return found.flatMap((kind) => names.map((name) => ({ kind, namespace, name })));
}

import { definitionOf } from "../../admission/kinds.ts";
import { type FileText, filesInMemory } from "../../control-plane/files-in-memory.ts";
import { passOver } from "../../control-plane/one-pass.ts";
import { withPositions } from "../../control-plane/with-positions.ts";
import { diffPlans, isEmptyDiff } from "../../diff/diff-plans.ts";
import { renderDiff } from "../../diff/render.ts";
import type { Styler } from "../../explain/styler.ts";
import { provisionalCertificates } from "../../identity/provisional-certificates.ts";
import type { Json } from "../../model/source-object.ts";
import { readFiles } from "../../sources/files/read-files.ts";
import type { Invocation } from "../command.ts";
import { configurationFor } from "../configuration.ts";

/** What files would bring about where nothing runs, in the form in which a running Weir answers. */
export async function diffFromNothing(
  invocation: Invocation,
  texts: readonly FileText[],
  style: Styler,
): Promise<Json> {
  const configuration = await configurationFor(invocation, { development: true });
  const files = await readFiles(
    texts.map(({ name }) => name),
    {
      isClusterScoped: ({ group, kind }) => definitionOf(group, kind)?.namespaced === false,
      fileSystem: filesInMemory(texts),
    },
  );
  const base = configuration.development.certificates
    ? await provisionalCertificates(files.objects, invocation.terminal.now())
    : undefined;
  const before = passOver({ ...files, objects: [], diagnostics: [] }, configuration, configuration.proxyClasses);
  const after = passOver(files, configuration, configuration.proxyClasses, base);
  const diff = diffPlans(before.pipeline, after.pipeline);
  const { locate } = files;
  const diagnostics = after.diagnostics.map((diagnostic) => {
    const { position, source, object, path } = diagnostic;
    if (position !== undefined || source === undefined || object === undefined) return diagnostic;
    return { ...diagnostic, position: locate({ source, object, path }) };
  });
  return {
    text: renderDiff(diff, { before: locate, after: locate }, style),
    changes: !isEmptyDiff(diff),
    diff: withPositions(diff, locate),
    diagnostics: withPositions(diagnostics, () => undefined),
  };
}

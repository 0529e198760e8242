import { definitionOf } from "../../admission/kinds.ts";
import { diffPlans, isEmptyDiff } from "../../diff/diff-plans.ts";
import { renderDiff } from "../../diff/render.ts";
import { plainStyler } from "../../explain/styler.ts";
import { terminalStyler } from "../../explain/terminal-styler.ts";
import { provisionalCertificates } from "../../identity/provisional-certificates.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { LocatePosition, Position, Provenance } from "../../model/provenance.ts";
import { groupOf, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import { type ReadFiles, readFiles } from "../../sources/files/read-files.ts";
import type { SourceBatch } from "../../sources/source.ts";
import { filesInMemory } from "../files-in-memory.ts";
import { passOver } from "../one-pass.ts";
import { withPositions } from "../with-positions.ts";
import type { DiffQuestion, RunningObject } from "./messages.ts";

/** Finds the places of provenances in the texts of the sources at work, in the order given. */
export type LocateAll = (provenances: readonly Provenance[]) => Promise<readonly (Position | undefined)[]>;

/**
 * What proxies would run differently if these files were applied, as the JSON text of the answer. Of a file that Weir follows, the new text
 * takes the place of the old one: objects that it no longer has are gone. Objects of other files that are in the store are replaced; nothing
 * else goes.
 */
export async function compare(
  { texts, configuration, now, style }: DiffQuestion,
  running: readonly RunningObject[],
  locateAll: LocateAll,
): Promise<string> {
  const names = new Set(texts.map(({ name }) => name));
  const files = await readFiles([...names], {
    isClusterScoped: ({ group, kind }) => definitionOf(group, kind)?.namespaced === false,
    fileSystem: filesInMemory(texts),
  });
  const own = new Set(files.objects.map((object) => objectKey(refOf(object))));
  const byKey = new Map(running.map((one) => [objectKey(refOf(one.object)), one]));
  const remaining = [...byKey]
    .filter(([key, { file }]) => !own.has(key) && !names.has(file ?? ""))
    .map(([, { object }]) => object);
  const base = await baseOf(remaining, files, configuration.development.certificates, now);
  const objects = files.objects.map((object) => aged(object, byKey.get(objectKey(refOf(object))), now));
  const nothing = { ...files, objects: [], diagnostics: [] };
  const before = passOver(
    nothing,
    configuration,
    configuration.proxyClasses,
    batchOf(running.map((one) => one.object)),
  );
  const after = passOver({ ...files, objects }, configuration, configuration.proxyClasses, base);
  const diff = diffPlans(before.pipeline, after.pipeline);
  const found = after.diagnostics.filter(({ object }) => object === undefined || own.has(objectKey(object)));

  const answer = (beforeText: LocatePosition): string => {
    const afterText: LocatePosition = (provenance) => files.locate(provenance) ?? beforeText(provenance);
    return JSON.stringify({
      text: renderDiff(
        diff,
        { before: beforeText, after: afterText },
        style === "terminal" ? terminalStyler : plainStyler,
      ),
      changes: !isEmptyDiff(diff),
      diff: withPositions(diff, afterText, { before: beforeText, originBefore: beforeText }),
      diagnostics: found.map((diagnostic) => located(diagnostic, afterText)),
    });
  };
  // Written once for what it asks for, then with the answers.
  const wanted = new Map<string, Provenance>();
  answer((provenance) => {
    wanted.set(JSON.stringify(provenance), provenance);
    return undefined;
  });
  const positions = await locateAll([...wanted.values()]);
  const known = new Map([...wanted.keys()].map((key, index) => [key, positions[index]]));
  return answer((provenance) => known.get(JSON.stringify(provenance)));
}

/** With the age that it would have: that of the object it replaces in the store; files tell none. Age decides between rules that are alike. */
function aged(object: SourceObject, running: RunningObject | undefined, now: Date): SourceObject {
  if (definitionOf(groupOf(object.apiVersion), object.kind) === undefined) return object;
  if (running === undefined) return { ...object, creationTimestamp: now.toISOString() };
  return running.file === undefined ? { ...object, creationTimestamp: running.object.creationTimestamp } : object;
}

async function baseOf(
  remaining: readonly SourceObject[],
  files: ReadFiles,
  withCertificates: boolean,
  now: Date,
): Promise<SourceBatch> {
  const provisional = withCertificates
    ? await provisionalCertificates([...files.objects, ...remaining], now)
    : undefined;
  const { changes, diagnostics } = batchOf(remaining);
  return { changes: [...changes, ...(provisional?.changes ?? [])], diagnostics };
}

function batchOf(objects: readonly SourceObject[]): SourceBatch {
  return { changes: objects.map((object) => ({ key: objectKey(refOf(object)), object })), diagnostics: new Map() };
}

function located(diagnostic: Diagnostic, locate: LocatePosition): Diagnostic {
  const { position, source, object, path } = diagnostic;
  if (position !== undefined || source === undefined || object === undefined) return diagnostic;
  const found = locate({ source, object, path });
  return found === undefined ? diagnostic : { ...diagnostic, position: found };
}

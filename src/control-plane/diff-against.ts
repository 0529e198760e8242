import { definitionOf } from "../admission/kinds.ts";
import { diffPlans } from "../diff/diff-plans.ts";
import type { PlanDiff } from "../diff/plan-diff.ts";
import type { LocateSides } from "../diff/render.ts";
import { provisionalCertificates } from "../identity/provisional-certificates.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { LocatePosition } from "../model/provenance.ts";
import { groupOf, objectKey, refOf, type SourceObject } from "../model/source-object.ts";
import { type ReadFiles, readFiles } from "../sources/files/read-files.ts";
import type { SourceBatch } from "../sources/source.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type FileText, filesInMemory } from "./files-in-memory.ts";
import { passOver } from "./one-pass.ts";

export interface DiffAgainst {
  readonly diff: PlanDiff;
  /** What is wrong with the objects of the files, each with its position. */
  readonly diagnostics: readonly Diagnostic[];
  readonly locateSides: LocateSides;
}

/**
 * What proxies would run differently if these files were applied. Of a file that Weir follows, the new text takes the place of the
 * old one: objects that it no longer has are gone. Objects of other files that are in the store are replaced; nothing else goes.
 */
export async function diffAgainst(controlPlane: ControlPlane, texts: readonly FileText[]): Promise<DiffAgainst> {
  const { pipeline, configuration } = controlPlane;
  const names = new Set(texts.map(({ name }) => name));
  const files = await readFiles([...names], {
    isClusterScoped: ({ group, kind }) => definitionOf(group, kind)?.namespaced === false,
    fileSystem: filesInMemory(texts),
  });
  const own = new Set(files.objects.map((object) => objectKey(refOf(object))));
  const remaining = [...pipeline.intake.collections()]
    .flatMap((kind) => [...kind.entries()])
    .filter(([key, object]) => !own.has(key) && !names.has(fileOf(object, controlPlane.locate) ?? ""))
    .map(([, object]) => object);
  const base = await baseOf(remaining, files, configuration.development.certificates);
  const objects = files.objects.map((object) => aged(object, controlPlane, new Date()));
  const after = passOver({ ...files, objects }, configuration, configuration.proxyClasses, base);
  const locateAfter: LocatePosition = (provenance) => files.locate(provenance) ?? controlPlane.locate(provenance);
  return {
    diff: diffPlans(pipeline, after.pipeline),
    diagnostics: after.diagnostics
      .filter(({ object }) => object === undefined || own.has(objectKey(object)))
      .map((diagnostic) => located(diagnostic, locateAfter)),
    locateSides: { before: controlPlane.locate, after: locateAfter },
  };
}

/** With the age that it would have: that of the object it replaces in the store; files tell none. Age decides between rules that are alike. */
function aged(object: SourceObject, { pipeline, locate }: ControlPlane, now: Date): SourceObject {
  if (definitionOf(groupOf(object.apiVersion), object.kind) === undefined) return object;
  const ref = refOf(object);
  const running = pipeline.intake.objects(ref).get(objectKey(ref));
  if (running === undefined) return { ...object, creationTimestamp: now.toISOString() };
  return fileOf(running, locate) === undefined ? { ...object, creationTimestamp: running.creationTimestamp } : object;
}

function fileOf(object: SourceObject, locate: LocatePosition): string | undefined {
  return locate({ source: object.source, object: refOf(object), path: [] })?.file;
}

async function baseOf(
  remaining: readonly SourceObject[],
  files: ReadFiles,
  withCertificates: boolean,
): Promise<SourceBatch> {
  const provisional = withCertificates
    ? await provisionalCertificates([...files.objects, ...remaining], new Date())
    : undefined;
  const changes = remaining.map((object) => ({ key: objectKey(refOf(object)), object }));
  return { changes: [...changes, ...(provisional?.changes ?? [])], diagnostics: new Map() };
}

function located(diagnostic: Diagnostic, locate: LocatePosition): Diagnostic {
  const { position, source, object, path } = diagnostic;
  if (position !== undefined || source === undefined || object === undefined) return diagnostic;
  const found = locate({ source, object, path });
  return found === undefined ? diagnostic : { ...diagnostic, position: found };
}

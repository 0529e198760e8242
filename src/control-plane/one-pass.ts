import type { Configuration } from "../config/configuration.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { objectKey, refOf } from "../model/source-object.ts";
import type { ReadFiles } from "../sources/files/read-files.ts";
import type { SourceBatch } from "../sources/source.ts";
import { defaultEncodeOptions } from "../xds/options.ts";
import { dialectOptions } from "./dialect-options.ts";
import { allDiagnostics, createPipeline, type Pipeline } from "./pipeline.ts";
import type { ProxyClasses } from "./proxy-classes.ts";

export interface OnePass {
  readonly pipeline: Pipeline;
  /** Everything found: what could not be read, then what is wrong with objects, up to Envoy's own rules. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Runs files through the whole pipeline once, without sockets: for `weir validate`, and for `explain` and `diff` on files.
 * @param base objects that are there besides (those of a running control plane, for a diff); files win over them.
 */
export function passOver(
  files: ReadFiles,
  configuration: Configuration,
  proxyClasses: ProxyClasses,
  base?: SourceBatch,
): OnePass {
  const pipeline = createPipeline({
    sourceOrder: ["file", "base"],
    dialects: dialectOptions(configuration, proxyClasses),
    encode: defaultEncodeOptions,
    now: () => new Date(),
    onError: (collection, key, error) => {
      throw new Error(`${collection} failed for ${key}`, { cause: error });
    },
  });
  if (base !== undefined) pipeline.intake.apply("base", base);
  const changes = files.objects.map((object) => ({ key: objectKey(refOf(object)), object }));
  pipeline.intake.apply("file", { changes, diagnostics: new Map([["", files.diagnostics]]) });
  return { pipeline, diagnostics: allDiagnostics(pipeline) };
}

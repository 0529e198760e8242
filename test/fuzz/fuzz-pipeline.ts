import { createPipeline, type Pipeline } from "../../src/control-plane/pipeline.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import type { DialectOptions } from "../../src/dialects/dialect.ts";
import type { SourceChange } from "../../src/sources/source.ts";
import { defaultEncodeOptions } from "../../src/xds/options.ts";
import { type Edit, keyOf, type World } from "../generators/world.ts";

/** Ports that listeners get in place of the written ones. */
export type PortMap = ReadonlyMap<number, number>;

/** The whole pipeline as on one machine; a derivation that throws fails the test. */
export function fuzzPipeline(
  ports: PortMap = new Map(),
  settings: Pick<DialectOptions, "edge" | "clientAddress"> = {},
): Pipeline {
  const pipeline = createPipeline({
    sourceOrder: ["file", "store"],
    dialects: {
      proxyClassOf: () => SHARED_CLASS,
      portMap: ports,
      gatewayController: "weir.dev/gateway",
      ingressController: "weir.dev/ingress",
      ingress: {
        defaultGateway: "shop/main",
        httpPort: 80,
        httpsPort: 443,
        classless: "serve",
        redirectToHttps: true,
      },
      ...settings,
    },
    encode: { ...defaultEncodeOptions, envoyRelease: 40, anyAddress: "0.0.0.0", knownClasses: [SHARED_CLASS] },
    now: () => new Date("2026-01-01T00:00:00Z"),
    onError: (collection, key, error) => {
      throw new Error(`${collection} failed for ${key}`, { cause: error });
    },
  });
  pipeline.encoded.planSource.release();
  return pipeline;
}

export function putWorld(pipeline: Pipeline, { objects }: World): void {
  putEdits(
    pipeline,
    objects.map((object) => ({ kind: "set", object })),
  );
}

/** All edits in one transaction. */
export function putEdits(pipeline: Pipeline, edits: readonly Edit[]): void {
  const changes = new Map<string, SourceChange>();
  for (const edit of edits) {
    const key = edit.kind === "set" ? keyOf(edit.object) : edit.key;
    changes.set(key, { key, object: edit.kind === "set" ? { ...edit.object, source: "file" } : undefined });
  }
  pipeline.intake.apply("file", { changes: [...changes.values()], diagnostics: new Map() });
}

/**
 * The definitions as their authors publish them, downloaded as Go modules: the judge of the kinds Weir defines in its own words.
 * Nothing of them is kept in the repository.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { isList, isObject, listAt, objectAt, textAt, valueAt } from "../../src/model/json.ts";
import type { Json, JsonObject } from "../../src/model/source-object.ts";

export type Download = { readonly folder: string } | { readonly missing: string };

/** The folder of a Go module, or why there is none. */
export function downloadModule(module: string, version: string): Download {
  const work = mkdtempSync(join(tmpdir(), "weir-module-"));
  try {
    writeFileSync(join(work, "go.mod"), "module weir.dev/judge\n\ngo 1.24\n");
    const output = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], {
      cwd: work,
      encoding: "utf8",
      env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 300_000,
    });
    const folder = textAt(JSON.parse(output), "Dir");
    return folder === undefined ? { missing: `Go gave no folder for ${module}` } : { folder };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return { missing: code === "ENOENT" ? "Go is not installed" : `${module} ${version} could not be downloaded` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export interface PublishedKind {
  readonly group: string;
  readonly kind: string;
  readonly names: JsonObject;
  readonly namespaced: boolean;
  readonly versions: readonly PublishedVersion[];
}

export interface PublishedVersion {
  readonly name: string;
  readonly hasStatus: boolean;
  readonly schema: JsonObject;
  readonly columns: readonly Json[];
}

/** The custom resource definitions of one channel of the Gateway API. */
export function gatewayApiKinds(folder: string, channel: "standard" | "experimental"): readonly PublishedKind[] {
  const directory = join(folder, "config", "crd", channel);
  return readdirSync(directory)
    .filter((name) => name.startsWith("gateway.networking.k8s.io_"))
    .flatMap((name) => parseAllDocuments(readFileSync(join(directory, name), "utf8")))
    .flatMap((document) => {
      const definition: Json = document.toJS();
      return textAt(definition, "kind") === "CustomResourceDefinition" ? [publishedKind(definition)] : [];
    });
}

function publishedKind(definition: Json): PublishedKind {
  const spec = objectAt(definition, "spec");
  return {
    group: textAt(spec, "group") ?? "",
    kind: textAt(spec, "names", "kind") ?? "",
    names: objectAt(spec, "names"),
    namespaced: textAt(spec, "scope") === "Namespaced",
    versions: listAt(spec, "versions").map((version) => ({
      name: textAt(version, "name") ?? "",
      hasStatus: valueAt(version, "subresources", "status") !== undefined,
      schema: objectAt(version, "schema", "openAPIV3Schema"),
      columns: listAt(version, "additionalPrinterColumns"),
    })),
  };
}

/** The schema of a built-in kind with its references resolved; a reference to itself ends there. */
export function builtInSchema(folder: string, name: string): JsonObject {
  const text = readFileSync(join(folder, "api", "openapi-spec", "swagger.json"), "utf8");
  const definitions = objectAt(JSON.parse(text), "definitions");
  const resolve = (schema: Json, above: readonly string[]): Json => {
    if (isList(schema)) return schema.map((item) => resolve(item, above));
    if (!isObject(schema)) return schema;
    const { $ref, ...own } = schema;
    const target = typeof $ref === "string" ? $ref.slice($ref.lastIndexOf("/") + 1) : undefined;
    const base =
      target === undefined || above.includes(target) ? {} : resolve(objectAt(definitions, target), [...above, target]);
    const mine = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, resolve(value ?? null, above)]));
    return { ...objectAt(base), ...mine };
  };
  return objectAt(resolve(objectAt(definitions, name), [name]));
}

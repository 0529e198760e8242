import { createRegistry, type DescFile, type Registry } from "@bufbuild/protobuf";

/** Every file in `files` and what they import, each once. */
function withImports(files: readonly DescFile[]): DescFile[] {
  const found = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const file of files) add(file);
  return [...found];
}

/**
 * The types that Weir and Envoy exchange: for printing messages as JSON with the content of every
 * `google.protobuf.Any` (`toJson(schema, message, { registry })`), and for checking that content.
 *
 * Loads the descriptors on the first call, which takes some hundred milliseconds: nothing that has to start fast should
 * await it before it is needed. Later calls are cheap, since modules are loaded once; keep the result all the same.
 */
export async function envoyRegistry(): Promise<Registry> {
  const { emittedFiles } = await import("./emitted-types.ts");
  return createRegistry(...withImports(emittedFiles));
}

import { definitionOf } from "../../admission/kinds.ts";
import { loadConfiguration } from "../../config/load.ts";
import { type OnePass, passOver } from "../../control-plane/one-pass.ts";
import { readFiles } from "../../sources/files/read-files.ts";

/** What YAML comes to, through the whole pipeline. */
export async function sideOf(yaml: string): Promise<OnePass & { readonly locate: LocateFunction }> {
  const { configuration } = await loadConfiguration({
    environment: {},
    workingDirectory: "/",
    flags: new Map(),
    development: false,
  });
  const files = await readFiles(["-"], {
    isClusterScoped: ({ group, kind }) => definitionOf(group, kind)?.namespaced === false,
    standardInput: async () => Buffer.from(yaml),
  });
  return { ...passOver(files, configuration, "shared"), locate: files.locate };
}

type LocateFunction = Awaited<ReturnType<typeof readFiles>>["locate"];

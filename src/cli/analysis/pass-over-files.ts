import { definitionOf } from "../../admission/kinds.ts";
import { type OnePass, passOver } from "../../control-plane/one-pass.ts";
import { provisionalCertificates } from "../../identity/provisional-certificates.ts";
import { type ReadFiles, readFiles } from "../../sources/files/read-files.ts";
import type { Invocation } from "../command.ts";
import { configurationFor } from "../configuration.ts";

/** Files as a running Weir would take them, without running one. */
export interface FilesPass extends OnePass {
  readonly files: ReadFiles;
}

/**
 * Takes files through the whole pipeline once. Secrets that `weir up` would make from the development authority stand in for
 * themselves, unless the configuration says otherwise.
 */
export async function passOverFiles(invocation: Invocation, paths: readonly string[]): Promise<FilesPass> {
  const { terminal } = invocation;
  const configuration = await configurationFor(invocation, { development: true });
  const files = await readFiles(paths, {
    isClusterScoped: ({ group, kind }) => definitionOf(group, kind)?.namespaced === false,
    standardInput: async () => Buffer.from(await terminal.readInput()),
  });
  const base = configuration.development.certificates
    ? await provisionalCertificates(files.objects, terminal.now())
    : undefined;
  return { ...passOver(files, configuration, configuration.proxyClasses, base), files };
}

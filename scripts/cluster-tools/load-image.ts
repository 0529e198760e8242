import { cp } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type ClusterContext, loadArchive } from "./cluster.ts";
import { copyProgram, writeRootBasics } from "./image-root.ts";
import { withArchive } from "./images.ts";
import { ClusterProblem } from "./problem.ts";

const usage = `Usage:
  scripts/cluster load-image ARCHIVE
      Loads an image archive, such as \`docker save\` writes.
  scripts/cluster load-image --tag NAME:TAG... [--root FOLDER] [--program FILE[:PLACE]]... [OPTIONS]
      Makes an image of a folder's content, of programs of this machine with their libraries, or of both.
  Options:
      --entrypoint WORD...   the command; default: the first program
      --env NAME=VALUE...    environment variables
      --user UID[:GID]       default: root
      --workdir FOLDER
`;

/** Loads an archive, or an image that is made of local files. */
export async function loadImage(args: readonly string[], context: ClusterContext): Promise<void> {
  const { values, positionals } = parseArguments(args);
  const [archive] = positionals;
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  if (archive !== undefined && values.tag === undefined) return loadArchive(resolve(archive), context);
  const { tag: tags, root: folder, user, workdir } = values;
  const programs = (values.program ?? []).map(readProgram);
  const entrypoint = values.entrypoint ?? programs.slice(0, 1).map(({ place }) => place);
  if (tags === undefined || archive !== undefined || entrypoint.length === 0) throw new ClusterProblem(usage, 64);
  await withArchive(
    async (root) => {
      await writeRootBasics(root);
      if (folder !== undefined) await cp(folder, root, { recursive: true, verbatimSymlinks: true });
      for (const { file, place } of programs) await copyProgram(root, file, place);
      return {
        root,
        tags,
        entrypoint,
        environment: Object.fromEntries((values.env ?? []).map(readVariable)),
        ...(user === undefined ? {} : { user }),
        ...(workdir === undefined ? {} : { workingFolder: workdir }),
      };
    },
    (made) => loadArchive(made, context),
  );
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean" },
        tag: { type: "string", multiple: true },
        root: { type: "string" },
        program: { type: "string", multiple: true },
        entrypoint: { type: "string", multiple: true },
        env: { type: "string", multiple: true },
        user: { type: "string" },
        workdir: { type: "string" },
      },
    });
  } catch (error) {
    throw new ClusterProblem(`${error instanceof Error ? error.message : String(error)}\n${usage}`, 64);
  }
}

function readProgram(written: string): { readonly file: string; readonly place: string } {
  const [file = "", place = `/usr/local/bin/${basename(file)}`] = written.split(":");
  return { file: resolve(file), place };
}

function readVariable(written: string): readonly [string, string] {
  const end = written.indexOf("=");
  if (end < 1) throw new ClusterProblem(`--env ${written} is not NAME=VALUE`, 64);
  return [written.slice(0, end), written.slice(end + 1)];
}

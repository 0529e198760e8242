import { join } from "node:path";
import { tryCommand } from "../../scripts/cluster-tools/command.ts";

const repository = join(import.meta.dirname, "../..");

/** While nothing is tagged: the first commit with which the official conformance suite passed. */
const beforeAnyTag = "de41461c4891";

/**
 * The commit to upgrade from: what WEIR_PREVIOUS_RELEASE names, else the latest tag before this commit. Undefined where the history does not go back
 * so far, as in a shallow clone.
 */
export async function previousRelease(): Promise<string | undefined> {
  const tag = await git("describe", "--tags", "--abbrev=0", "HEAD^");
  const named = process.env.WEIR_PREVIOUS_RELEASE ?? tag ?? beforeAnyTag;
  return git("rev-parse", "--verify", "--quiet", "--short=12", `${named}^{commit}`);
}

/** Undefined where git has no answer, or is not there. */
async function git(...args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await tryCommand("git", args, { folder: repository });
  return code === 0 ? output.trim() : undefined;
}

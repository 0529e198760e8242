import type { Invocation } from "../command.ts";

/** The paths given as arguments, as the setting they stand for. */
export function fileFlags({ arguments: paths, settingFlags }: Invocation): ReadonlyMap<string, string> {
  if (paths.length === 0) return new Map();
  const flagged = settingFlags.get("sources-files");
  return new Map([["sources-files", [...(flagged === undefined ? [] : [flagged]), ...paths].join(",")]]);
}

import type { Feed } from "./kind-feed.ts";
import type { KindFreshness } from "./options.ts";

/** The worst of what the lists and watches of a kind have to say. */
export function freshnessOf(feed: Feed): KindFreshness {
  const { group, kind } = feed.kind;
  let objects = 0;
  let brokenSince: number | undefined;
  let problem: string | undefined;
  for (const scope of feed.scopes()) {
    objects += scope.objects;
    const since = scope.brokenSince;
    if (since === undefined || (brokenSince !== undefined && brokenSince <= since)) continue;
    brokenSince = since;
    problem = scope.problem;
  }
  return {
    group,
    kind,
    version: feed.version,
    synced: feed.isSynced,
    objects,
    brokenSince: brokenSince === undefined ? undefined : new Date(brokenSince),
    problem,
  };
}

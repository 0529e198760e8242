import { listAt, textAt } from "../model/json.ts";
import { ApiServerError } from "./api-server-error.ts";
import type { KubernetesClient } from "./client.ts";

export interface VersionRequest {
  readonly client: KubernetesClient;
  readonly group: string;
  readonly version: string;
  readonly signal: AbortSignal;
}

const NOT_FOUND = 404;

/**
 * The plural names of what an API server serves in one version of a group; empty where it does not know the version.
 * Throws where it gave no clear answer.
 */
export async function servedResources({
  client,
  group,
  version,
  signal,
}: VersionRequest): Promise<ReadonlySet<string>> {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const answer = await client.request({ method: "GET", path, signal });
  if (answer.status === NOT_FOUND) return new Set();
  if (answer.status !== 200) throw new ApiServerError(answer);
  return new Set(listAt(answer.body, "resources").flatMap((resource) => textAt(resource, "name") ?? []));
}

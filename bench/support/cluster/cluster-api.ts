import type { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { BenchApi } from "../api.ts";

/** The API of a cluster, spoken to with the client that Weir itself uses. */
export function clusterApi(client: KubernetesClient): BenchApi {
  return new BenchApi(
    async (method, path, body) => {
      const answer = await client.request({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
      });
      return {
        status: answer.status,
        body: typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body),
      };
    },
    () => client.close(),
  );
}

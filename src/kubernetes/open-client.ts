import type { KubernetesClient } from "./client.ts";
import { type CredentialsFrom, loadCredentials } from "./credentials.ts";
import { createHttpsClient } from "./https-client.ts";

/** A client, and what its credentials say beside who one is. */
export interface OpenClient {
  readonly client: KubernetesClient;
  /** As in the kubeconfig, for messages. */
  readonly server: string;
  /** The namespace of the context or of the pod. */
  readonly namespace: string;
}

/**
 * A client for the API server that the credentials name. Connects on the first request; rejects only where the credentials cannot be
 * read. `userAgent` is `weir/<version>`.
 */
export async function openKubernetesClient(from: CredentialsFrom, userAgent: string): Promise<OpenClient> {
  const credentials = await loadCredentials(from);
  const client = createHttpsClient({ credentials, reload: () => loadCredentials(from), userAgent });
  return { client, server: credentials.server, namespace: credentials.namespace };
}

import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

/** What the loader answers with where it found nothing. */
const NOWHERE = "http://localhost:8080";

/** Where credentials come from. */
export type CredentialsFrom =
  /** As kubectl finds them: `KUBECONFIG`, `~/.kube/config`; where there are none, those of the pod this process runs in. */
  | { readonly kind: "default"; readonly context?: string }
  | { readonly kind: "file"; readonly path: string; readonly context?: string }
  /** The service account of the pod. Its token is read again every minute, since it rotates. */
  | { readonly kind: "in-cluster" };

/** Who this process is to one API server, and how to reach that server. */
export interface Credentials {
  /** `https://10.96.0.1:443`, with a path where the server stands behind one. */
  readonly server: string;
  /** The namespace of the context or of the pod; `default` where none is given. */
  readonly namespace: string;
  /** Whether requests go through a proxy, whose agent `options` brings. */
  readonly hasProxy: boolean;
  /**
   * TLS settings and headers for one request; called for each, since tokens rotate and plugins renew theirs.
   * Rejects where a file cannot be read or a plugin fails.
   */
  options(): Promise<RequestSettings>;
}

export interface RequestSettings extends RequestOptions {
  headers: OutgoingHttpHeaders;
}

/**
 * Reads credentials with the loader of the Kubernetes project's own client, which knows every kind of them: tokens, client
 * certificates, exec plugins, OIDC. Imported on use: it is large, and most commands never need it.
 * Throws, saying why, where there is nothing usable.
 */
export async function loadCredentials(from: CredentialsFrom): Promise<Credentials> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  load(config, from);
  if (from.kind !== "in-cluster" && from.context !== undefined) {
    if (config.getContextObject(from.context) === null) throw new Error(`there is no context "${from.context}"`);
    config.setCurrentContext(from.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig's current context names no cluster");
  if (from.kind === "default" && cluster.server === NOWHERE) {
    throw new Error("there is no kubeconfig (KUBECONFIG, ~/.kube/config), and this process runs in no pod");
  }
  const context = config.getContextObject(config.getCurrentContext());
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: context?.namespace?.trim() || "default",
    hasProxy: cluster.proxyUrl !== undefined,
    options: async () => {
      const options: RequestSettings = { headers: {} };
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}

function load(config: KubeConfig, from: CredentialsFrom): void {
  if (from.kind === "default") config.loadFromDefault();
  else if (from.kind === "file") config.loadFromFile(from.path);
  else config.loadFromCluster();
}

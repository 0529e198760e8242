import type { FastifyPluginAsync } from "fastify";
import type { KindDefinition } from "../admission/kind-definition.ts";
import type { Store } from "../sources/store/store.ts";
import type { Metrics } from "./metrics.ts";
import type { ReadOverlay } from "./read-overlay.ts";

export interface TlsOptions {
  /** PEM, the server's certificate first. */
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authority, for the kubeconfig. */
  readonly certificateAuthority?: string;
}

/** Whether some part of the process is well. `problem` is one sentence, shown to whoever asks. */
export interface HealthCheck {
  readonly name: string;
  /** Ready checks decide about /readyz alone; the others about /healthz, /livez and /readyz. */
  readonly isForReadinessOnly: boolean;
  readonly check: () => { readonly ok: true } | { readonly ok: false; readonly problem: string };
}

export interface ApiServerOptions {
  readonly store: Store;
  readonly definitions: readonly KindDefinition[];
  /** The objects that are not in the store. */
  readonly overlay?: ReadOverlay;
  /** How the overlay names the store as a source: "store" by default. */
  readonly storeSource?: string;
  /** Where the token, the kubeconfig and the further tokens lie: the state directory. */
  readonly accessDirectory: string;
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Needed on every address but loopback. */
  readonly tls?: TlsOptions;
  /** Further names by which clients call the server. */
  readonly hostNames?: readonly string[];
  readonly version: string;
  readonly healthChecks?: readonly HealthCheck[];
  readonly metrics?: Metrics;
  /**
   * More routes, behind the same authentication. A request's sender is `identityOf(request)`; a path outside the resources needs a
   * grant for that path, which has been checked when a route's handler runs.
   */
  readonly plugins?: readonly FastifyPluginAsync[];
  /** Told about what went wrong inside: the client sees no details. */
  readonly onError?: (error: unknown) => void;
  /** Largest request in bytes; that of the Kubernetes API server by default. */
  readonly bodyLimit?: number;
  /** How often watches that asked for them get bookmarks. */
  readonly bookmarkEveryMs?: number;
  readonly now?: () => Date;
  readonly newUid?: () => string;
}

/** The server cannot be started as it is configured. The message says what to do. */
export class ApiStartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ApiStartError";
  }
}

import type { Json } from "../model/source-object.ts";

/** One request to the Kubernetes API server. */
export interface KubernetesRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Server-relative, escaped: `/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web/status`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** `application/json` where undefined; patches name theirs. */
  readonly contentType?: string;
  /** `application/json` where undefined; a media type with parameters asks for another view of the same objects. */
  readonly accept?: string;
  /** Aborts the request, and the stream that it opened. */
  readonly signal?: AbortSignal;
}

/** What the server answered, whatever its status code was. */
export interface KubernetesAnswer {
  readonly status: number;
  /** The parsed body; null where there was none. A body that is not JSON comes as its text. */
  readonly body: Json;
  /** How long the server asks to be left alone, in milliseconds; undefined where it does not ask. */
  readonly retryAfterMs?: number;
}

/** A list or watch that is open. */
export interface KubernetesStream {
  readonly status: number;
  /**
   * One parsed JSON value for each line, until the server ends the stream; an error answer has one `Status` object.
   * Throws where the connection breaks, a line breaks off or the request's signal aborts. Leaving the loop ends the stream.
   */
  readonly lines: AsyncIterable<Json>;
  readonly retryAfterMs?: number;
}

/**
 * Talks to one Kubernetes API server with the credentials of a kubeconfig or of the pod that this process runs in.
 * Rejects only where no answer came (connection, TLS, time-out, abort): status codes are for the caller to judge.
 */
export interface KubernetesClient {
  request(request: KubernetesRequest): Promise<KubernetesAnswer>;
  stream(request: KubernetesRequest): Promise<KubernetesStream>;
  /** Ends every open stream and connection. */
  close(): Promise<void>;
}

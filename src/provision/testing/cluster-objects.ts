import type {
  KubernetesAnswer,
  KubernetesClient,
  KubernetesRequest,
  KubernetesStream,
} from "../../kubernetes/client.ts";
import { isObject, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { provisionedKinds } from "../kubernetes-object.ts";

/**
 * The part of an API server that the provisioner meets: lists and watches of objects with Weir's labels, server-side apply (which takes away what its manager
 * no longer names), deletion with preconditions. It says nothing that a real one would not.
 */
export class ClusterObjects implements KubernetesClient {
  readonly objects = new Map<string, JsonObject>();
  /** Every write and single read that arrived: "PATCH /api/v1/…". */
  readonly requests: string[] = [];
  /** What single requests are answered in place of what they ask for. */
  refuse: (request: KubernetesRequest) => KubernetesAnswer | undefined = () => undefined;
  readonly #watches = new Set<{ readonly path: string; readonly tell: (event: JsonObject) => void }>();
  #version = 1;

  async request(request: KubernetesRequest): Promise<KubernetesAnswer> {
    const { method, path, body } = request;
    if (method === "GET" && isCollection(path)) return { status: 200, body: this.#list(path) };
    this.requests.push(`${method} ${path}`);
    const refusal = this.refuse(request);
    if (refusal !== undefined) return refusal;
    const before = this.objects.get(path);
    if (method === "GET") return before === undefined ? status(404, "not found") : { status: 200, body: before };
    if (method === "DELETE") {
      if (before === undefined) return status(404, "not found");
      if (textAt(body, "preconditions", "uid") !== textAt(before, "metadata", "uid")) return status(409, "another uid");
      this.remove(path);
      return status(200, "deleted");
    }
    if (method !== "PATCH" || !isObject(body)) return status(405, "not supported");
    const kept = before === undefined ? {} : { ...(before.status === undefined ? {} : { status: before.status }) };
    return { status: before === undefined ? 201 : 200, body: this.put(path, { ...body, ...kept }) };
  }

  async stream({ path, signal }: KubernetesRequest): Promise<KubernetesStream> {
    const events: JsonObject[] = [];
    let wake: () => void = () => {};
    const watch = {
      path,
      tell: (event: JsonObject): void => {
        events.push(event);
        wake();
      },
    };
    this.#watches.add(watch);
    signal?.addEventListener("abort", () => wake());
    const watches = this.#watches;
    async function* lines(): AsyncIterable<Json> {
      try {
        while (signal?.aborted !== true) {
          for (let event = events.shift(); event !== undefined; event = events.shift()) yield event;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        watches.delete(watch);
      }
    }
    return { status: 200, lines: lines() };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes an object as somebody else would, too. */
  put(path: string, object: JsonObject): JsonObject {
    const before = this.objects.get(path);
    const uid = textAt(before, "metadata", "uid") ?? `uid-${this.#version}`;
    const written = {
      ...object,
      metadata: { ...objectAt(object, "metadata"), uid, resourceVersion: String(++this.#version) },
    };
    this.objects.set(path, written);
    this.#tell(path, before === undefined ? "ADDED" : "MODIFIED", written);
    return written;
  }

  remove(path: string): void {
    const object = this.objects.get(path);
    if (object === undefined) return;
    this.objects.delete(path);
    this.#tell(path, "DELETED", object);
  }

  #tell(path: string, type: string, object: JsonObject): void {
    if (!isLabelled(object)) return;
    for (const watch of this.#watches) if (collectionOf(path) === watch.path) watch.tell({ type, object });
  }

  #list(path: string): JsonObject {
    const items = [...this.objects].filter(([at, object]) => collectionOf(at) === path && isLabelled(object));
    return { metadata: { resourceVersion: String(this.#version) }, items: items.map(([, object]) => object) };
  }
}

function isCollection(path: string): boolean {
  return provisionedKinds.some(({ plural }) => path.endsWith(`/${plural}`));
}

/** The list over all namespaces in which an object stands. */
function collectionOf(path: string): string {
  return path.replace(/\/namespaces\/[^/]+/, "").replace(/\/[^/]+$/, "");
}

function isLabelled(object: JsonObject): boolean {
  const labels = objectAt(object, "metadata", "labels");
  return labels["app.kubernetes.io/managed-by"] === "weir" && "gateway.networking.k8s.io/gateway-name" in labels;
}

function status(code: number, message: string): KubernetesAnswer {
  return { status: code, body: { kind: "Status", code, message } };
}

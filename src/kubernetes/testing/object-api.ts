import { isObject, objectAt, textAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import type { KubernetesAnswer, KubernetesClient, KubernetesRequest, KubernetesStream } from "../client.ts";

/**
 * The part of an API server that writers meet: objects by path, resource versions that a write must name to replace what it read, and the status
 * subresource. A client of it can be cut off.
 */
export class ObjectApi {
  readonly objects = new Map<string, JsonObject>();
  /** Every request that arrived, as "METHOD path". */
  readonly requests: string[] = [];
  #version = 100;

  /** What somebody else writes. */
  put(path: string, body: JsonObject): void {
    const metadata = { ...objectAt(body, "metadata"), resourceVersion: String(++this.#version) };
    this.objects.set(path, { ...body, metadata });
  }

  client(): ObjectApiClient {
    return new ObjectApiClient(this);
  }

  answer({ method, path, body }: KubernetesRequest): KubernetesAnswer {
    this.requests.push(`${method} ${path}`);
    const isStatus = path.endsWith("/status");
    const place = isStatus ? path.slice(0, -"/status".length) : path;
    if (method === "POST") return this.#create(path, body);
    const current = this.objects.get(place);
    if (current === undefined) return problem(404, "not found");
    if (method === "GET") return { status: 200, body: current };
    if (method === "DELETE") {
      this.objects.delete(place);
      return { status: 200, body: { kind: "Status", status: "Success" } };
    }
    if (method === "PATCH" && isObject(body)) return this.#patch(place, isStatus, current, body);
    if (method !== "PUT" || !isObject(body)) return problem(405, "not supported");
    const expected = textAt(body, "metadata", "resourceVersion");
    if (expected !== undefined && expected !== textAt(current, "metadata", "resourceVersion")) {
      return problem(409, "the object has been modified");
    }
    this.put(place, isStatus ? { ...current, status: body.status } : body);
    return { status: 200, body: this.objects.get(place) ?? null };
  }

  /** JSON merge patches of the whole object or, on the subresource, of its status. */
  #patch(place: string, isStatus: boolean, current: JsonObject, patch: JsonObject): KubernetesAnswer {
    const expected = textAt(patch, "metadata", "resourceVersion");
    if (expected !== undefined && expected !== textAt(current, "metadata", "resourceVersion")) {
      return problem(409, "the object has been modified");
    }
    const merged = merge(current, isStatus ? { status: patch.status } : patch);
    this.put(place, isObject(merged) ? merged : {});
    return { status: 200, body: this.objects.get(place) ?? null };
  }

  #create(path: string, body: Json | undefined): KubernetesAnswer {
    if (body === undefined || !isObject(body)) return problem(400, "no object");
    const place = `${path}/${textAt(body, "metadata", "name") ?? ""}`;
    if (this.objects.has(place)) return problem(409, "already exists");
    this.put(place, body);
    return { status: 201, body: this.objects.get(place) ?? null };
  }
}

/** RFC 7386, section 2. */
function merge(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = merge(result[name], value);
  }
  return result;
}

function problem(status: number, message: string): KubernetesAnswer {
  return { status, body: { kind: "Status", message, code: status } };
}

export class ObjectApiClient implements KubernetesClient {
  readonly #api: ObjectApi;
  /** cut: connections fail; silent: requests are never answered; lossy: requests arrive, answers do not. */
  network: "whole" | "cut" | "silent" | "lossy" = "whole";
  /** Answers every request in place of the server. */
  refusal: KubernetesAnswer | undefined;
  /** Called before each request is answered. */
  before: ((request: KubernetesRequest) => void | Promise<void>) | undefined;

  constructor(api: ObjectApi) {
    this.#api = api;
  }

  async request(request: KubernetesRequest): Promise<KubernetesAnswer> {
    if (this.network === "cut") throw new Error("connection refused");
    if (this.network === "silent") return silence(request.signal);
    await this.before?.(request);
    const answer = this.refusal ?? this.#api.answer(request);
    return this.network === "lossy" ? silence(request.signal) : answer;
  }

  stream(): Promise<KubernetesStream> {
    return Promise.reject(new Error("this server has no watches"));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
}

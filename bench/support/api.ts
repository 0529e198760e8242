import type { KubernetesObject } from "./objects.ts";

const plurals: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  Service: "services",
  Secret: "secrets",
  EndpointSlice: "endpointslices",
  GatewayClass: "gatewayclasses",
  Gateway: "gateways",
  HTTPRoute: "httproutes",
  ProxyClass: "proxyclasses",
};

/** How many requests are on their way at once where many are sent. */
const AT_ONCE = 16;

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export type ApiMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request to an API of Kubernetes' conventions. The body of a PATCH is a JSON merge patch. */
export type SendRequest = (method: ApiMethod, path: string, body?: KubernetesObject) => Promise<ApiAnswer>;

/** Reads and writes objects through an API, Weir's own or that of a cluster. */
export class BenchApi {
  readonly send: SendRequest;
  readonly #close: () => Promise<void>;

  constructor(send: SendRequest, close: () => Promise<void>) {
    this.send = send;
    this.#close = close;
  }

  create(object: KubernetesObject): Promise<ApiAnswer> {
    return this.send("POST", collectionPath(object), object);
  }

  createAll(objects: Iterable<KubernetesObject>): Promise<void> {
    return this.#all(objects, (object) => this.create(object));
  }

  replace(object: KubernetesObject): Promise<ApiAnswer> {
    return this.send("PUT", objectPath(object), object);
  }

  /** Writes the fields that are given, whatever else the object has; lists are replaced as a whole. */
  async merge(object: KubernetesObject): Promise<void> {
    succeeded(object, await this.send("PATCH", objectPath(object), object));
  }

  removeAll(objects: Iterable<KubernetesObject>): Promise<void> {
    return this.#all(objects, (object) => this.send("DELETE", objectPath(object)));
  }

  /** The text of the figures that the server keeps of itself. */
  async metrics(): Promise<string> {
    return (await this.send("GET", "/metrics")).body;
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #all(
    objects: Iterable<KubernetesObject>,
    send: (object: KubernetesObject) => Promise<ApiAnswer>,
  ): Promise<void> {
    const pending = new Set<Promise<void>>();
    for (const object of objects) {
      const one = send(object).then((answer) => succeeded(object, answer));
      pending.add(one);
      void one.finally(() => pending.delete(one)).catch(() => undefined);
      if (pending.size >= AT_ONCE) await Promise.race(pending);
    }
    await Promise.all(pending);
  }
}

function succeeded({ kind, metadata: { name } }: KubernetesObject, { status, body }: ApiAnswer): void {
  if (status >= 300) throw new Error(`${kind} ${name}: ${status} ${body}`);
}

export function objectPath(object: KubernetesObject): string {
  return `${collectionPath(object)}/${object.metadata.name}`;
}

function collectionPath(object: KubernetesObject): string {
  const plural = plurals[object.kind];
  if (plural === undefined) throw new Error(`no path is known for ${object.kind}`);
  const root = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const { namespace } = object.metadata;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

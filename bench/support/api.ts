import { Agent, request } from "node:http";
import type { KubernetesObject } from "./objects.ts";

const plurals: Readonly<Record<string, string>> = {
  Service: "services",
  Secret: "secrets",
  EndpointSlice: "endpointslices",
  GatewayClass: "gatewayclasses",
  Gateway: "gateways",
  HTTPRoute: "httproutes",
};

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** Writes objects through Weir's HTTP API over kept connections. */
export class BenchApi {
  readonly #base: { readonly host: string; readonly port: number };
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(url: URL, token: string) {
    this.#base = { host: url.hostname, port: Number(url.port) };
    this.#token = token;
  }

  create(object: KubernetesObject): Promise<ApiAnswer> {
    return this.send("POST", collectionPath(object), object);
  }

  async createAll(objects: Iterable<KubernetesObject>): Promise<void> {
    const pending = new Set<Promise<void>>();
    for (const object of objects) {
      const one = this.create(object).then((answer) => {
        if (answer.status >= 300)
          throw new Error(`${object.kind} ${object.metadata.name}: ${answer.status} ${answer.body}`);
      });
      pending.add(one);
      void one.finally(() => pending.delete(one)).catch(() => undefined);
      if (pending.size >= 16) await Promise.race(pending);
    }
    await Promise.all(pending);
  }

  replace(object: KubernetesObject): Promise<ApiAnswer> {
    return this.send("PUT", `${collectionPath(object)}/${object.metadata.name}`, object);
  }

  send(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#base, method, path, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function collectionPath(object: KubernetesObject): string {
  const plural = plurals[object.kind];
  if (plural === undefined) throw new Error(`no path is known for ${object.kind}`);
  const root = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const { namespace } = object.metadata;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

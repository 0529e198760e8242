import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/** What matters of a Service here. */
export interface Service {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly isLoadBalancer: boolean;
  /** `spec.loadBalancerIP`. */
  readonly wanted: string | undefined;
  /** The addresses in its status. */
  readonly given: readonly string[];
}

export interface ServiceEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly service: Service;
}

export interface ServicesApi {
  list(): Promise<{ readonly services: readonly Service[]; readonly resourceVersion: string }>;
  /** Ends when the server ends it; throws when the version is too old. */
  watch(resourceVersion: string): AsyncIterable<ServiceEvent>;
  writeAddresses(service: Service, addresses: readonly string[]): Promise<void>;
}

interface Call {
  readonly method: "GET" | "PATCH";
  readonly path: string;
  readonly body?: string;
}

/** The Services of the API server that a kubeconfig names; its certificates must stand in it. */
export async function connect(kubeconfig: string): Promise<ServicesApi> {
  const configuration: unknown = JSON.parse(await readFile(kubeconfig, "utf8"));
  const cluster = field(first(field(configuration, "clusters")), "cluster");
  const user = field(first(field(configuration, "users")), "user");
  const decoded = (holder: unknown, name: string): Buffer => Buffer.from(string(field(holder, name)), "base64");
  const server = string(field(cluster, "server"));
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(cluster, "certificate-authority-data"),
    cert: decoded(user, "client-certificate-data"),
    key: decoded(user, "client-key-data"),
  });

  const call = async ({ method, path, body }: Call): Promise<IncomingMessage> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { "content-type": "application/merge-patch+json", accept: "application/json" };
    const sent = request(new URL(path, server), { method, agent, headers });
    sent.once("response", resolve).once("error", reject).end(body);
    const response = await promise;
    if (response.statusCode === 200) return response;
    throw new Error(`${method} ${path} was answered with ${response.statusCode}: ${await text(response)}`);
  };

  return {
    async list() {
      const list: unknown = JSON.parse(await text(await call({ method: "GET", path: "/api/v1/services" })));
      const items = field(list, "items");
      return {
        services: Array.isArray(items) ? items.map(readService) : [],
        resourceVersion: string(field(field(list, "metadata"), "resourceVersion")),
      };
    },
    async *watch(resourceVersion) {
      const query = new URLSearchParams({ watch: "1", resourceVersion });
      const response = await call({ method: "GET", path: `/api/v1/services?${query.toString()}` });
      for await (const line of createInterface(response)) {
        const event: unknown = JSON.parse(line);
        const type = field(event, "type");
        if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") throw new Error(`watch: ${line}`);
        yield { type, service: readService(field(event, "object")) };
      }
    },
    async writeAddresses({ namespace, name }, addresses) {
      const ingress = addresses.map((ip) => ({ ip, ipMode: "VIP" }));
      const response = await call({
        method: "PATCH",
        path: `/api/v1/namespaces/${namespace}/services/${name}/status`,
        body: JSON.stringify({ status: { loadBalancer: { ingress } } }),
      });
      response.resume();
    },
  };
}

function readService(object: unknown): Service {
  const metadata = field(object, "metadata");
  const spec = field(object, "spec");
  const wanted = field(spec, "loadBalancerIP");
  const ingress = field(field(field(object, "status"), "loadBalancer"), "ingress");
  return {
    uid: string(field(metadata, "uid")),
    namespace: string(field(metadata, "namespace")),
    name: string(field(metadata, "name")),
    isLoadBalancer: field(spec, "type") === "LoadBalancer" && field(spec, "loadBalancerClass") === undefined,
    wanted: typeof wanted === "string" && wanted !== "" ? wanted : undefined,
    given: Array.isArray(ingress) ? ingress.map((each) => string(field(each, "ip"))) : [],
  };
}

function field(object: unknown, name: string): unknown {
  return typeof object === "object" && object !== null
    ? Object.entries(object).find(([key]) => key === name)?.[1]
    : undefined;
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function string(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a text, not ${JSON.stringify(value)}`);
}

import { createHash } from "node:crypto";
import { noRequirements } from "../../xds/requirements.ts";
import {
  type EncodedResource,
  type EncodedRouteTable,
  type EncodedVirtualHost,
  type PlanChange,
  type PlanSource,
  type ProxyPlan,
  type Requirements,
  type ResourceType,
  type ServedResource,
  typeUrls,
} from "../../xds/resource.ts";
import { hostBlocks } from "../../xds/routes/host-block.ts";
import { assembleTable } from "../../xds/routes/route-table.ts";

/**
 * Resources whose content is JSON instead of Envoy's messages, one line for each: the server only passes bytes on, and the model client can
 * read from them what Envoy would read from the messages.
 */
export interface WholeContent {
  /** Distinguishes versions. */
  readonly content: string;
  readonly requires?: Partial<Requirements>;
  /** Of a cluster: the name of its endpoints. */
  readonly endpoints?: string;
  /** Of a listener: its route tables. */
  readonly tables?: readonly string[];
}

export interface HostContent {
  readonly name: string;
  readonly content: string;
  readonly clusters?: readonly string[];
  readonly extensions?: readonly string[];
}

export function whole(type: ResourceType, name: string, body: WholeContent): EncodedResource {
  const bytes = line({ name, ...body });
  const resource = {
    kind: "whole",
    type,
    name,
    version: hashOf(bytes),
    bytes,
    requires: requirements(body.requires),
  } as const;
  return body.endpoints === undefined ? resource : { ...resource, endpoints: body.endpoints };
}

export function virtualHost(host: HostContent): EncodedVirtualHost {
  const bytes = line(host);
  const { clusters = [], extensions = [] } = host;
  const parts = [
    ...clusters.map((name) => part("clusters", name)),
    ...extensions.map((name) => part("extensions", name)),
  ];
  return { name: host.name, version: hashOf(bytes), bytes, requires: { ...noRequirements, parts } };
}

const parts = new Map<string, Requirements>();

/** One and the same for the same name, as the runs of rules in which nothing changed are. */
function part(kind: "clusters" | "extensions", name: string): Requirements {
  const key = `${kind} ${name}`;
  const known = parts.get(key) ?? requirements({ [kind]: [name] });
  parts.set(key, known);
  return known;
}

export function table(name: string, hosts: readonly EncodedVirtualHost[], headContent = "head"): EncodedRouteTable {
  const head = line({ table: name, head: headContent });
  return assembleTable(name, head, hostBlocks(hosts));
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}

function requirements(requires: Partial<Requirements> | undefined): Requirements {
  return { clusters: [], secrets: [], extensions: [], ...requires };
}

/** Plans that a test edits. */
export class TestPlans implements PlanSource {
  readonly #plans = new Map<string, Map<ResourceType, Map<string, ServedResource>>>();
  /** One for each class for as long as it lives, as `PlanSource` has it. */
  readonly #views = new Map<string, ProxyPlan>();
  readonly #listeners = new Set<(changes: readonly PlanChange[]) => void>();
  #revision = 0;

  plan(proxyClass: string): ProxyPlan | undefined {
    return this.#views.get(proxyClass);
  }

  revision(): string {
    return `r${this.#revision}`;
  }

  subscribe(listener: (changes: readonly PlanChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces everything a class runs and announces what differs. */
  replace(proxyClass: string, resources: Iterable<ServedResource>): void {
    const next = new Map<ResourceType, Map<string, ServedResource>>();
    for (const resource of resources) {
      const byName = next.get(resource.type) ?? new Map<string, ServedResource>();
      byName.set(resource.name, resource);
      next.set(resource.type, byName);
    }
    this.#commit(proxyClass, next);
  }

  /** Adds or replaces resources, and removes those named. */
  edit(
    proxyClass: string,
    put: readonly ServedResource[],
    remove: readonly { readonly type: ResourceType; readonly name: string }[] = [],
  ): void {
    const next = new Map([...(this.#plans.get(proxyClass) ?? [])].map(([type, byName]) => [type, new Map(byName)]));
    for (const resource of put) {
      const byName = next.get(resource.type) ?? new Map<string, ServedResource>();
      byName.set(resource.name, resource);
      next.set(resource.type, byName);
    }
    for (const { type, name } of remove) next.get(type)?.delete(name);
    this.#commit(proxyClass, next);
  }

  #view(proxyClass: string): ProxyPlan {
    return {
      get: (type, name) => this.#plans.get(proxyClass)?.get(type)?.get(name),
      names: (type) => this.#plans.get(proxyClass)?.get(type)?.keys() ?? [],
    };
  }

  #commit(proxyClass: string, next: Map<ResourceType, Map<string, ServedResource>>): void {
    const before = this.#plans.get(proxyClass);
    this.#plans.set(proxyClass, next);
    this.#views.set(proxyClass, this.#views.get(proxyClass) ?? this.#view(proxyClass));
    this.#revision++;
    const changed = new Map<ResourceType, ReadonlySet<string>>();
    for (const type of Object.keys(typeUrls)) {
      if (!isType(type)) continue;
      const old = before?.get(type) ?? new Map<string, ServedResource>();
      const now = next.get(type) ?? new Map<string, ServedResource>();
      const names = [...new Set([...old.keys(), ...now.keys()])];
      const different = names.filter((name) => old.get(name)?.version !== now.get(name)?.version);
      if (different.length > 0) changed.set(type, new Set(different));
    }
    for (const listener of this.#listeners) listener([{ proxyClass, changed }]);
  }
}

function isType(type: string): type is ResourceType {
  return type in typeUrls;
}

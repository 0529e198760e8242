import type { ServedResource } from "../resource.ts";

/** A resource and the class of proxies that gets it. */
export interface Served {
  readonly proxyClass: string;
  readonly resource: ServedResource;
}

/** The entry of a resource among everything that is served. */
export function serve(proxyClass: string, resource: ServedResource): readonly [string, Served] {
  return [`${proxyClass}|${resource.type}|${resource.name}`, { proxyClass, resource }];
}

/** Equal content has equal versions, which spares comparing bytes. */
export function sameServed(a: Served, b: Served): boolean {
  return a.resource === b.resource || (a.resource.version === b.resource.version && a.proxyClass === b.proxyClass);
}

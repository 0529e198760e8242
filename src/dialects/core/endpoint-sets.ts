import type { Endpoint, EndpointSet, Service, ServicePort } from "../../model/backend.ts";
import { endpointSetKey } from "../../references/stream-backend.ts";
import type { Slice, SliceEndpoint } from "./endpoint-slices.ts";

interface Candidate {
  readonly port: number;
  readonly endpoint: SliceEndpoint;
}

/**
 * The endpoints of one port of a service, from all of its slices. Slices name ports as the service does; the number in the slice is the one that
 * the workload listens on. Ready endpoints serve; those that are terminating and still serving drain.
 */
export function endpointSetOf(service: Service, port: ServicePort, slices: readonly Slice[]): EndpointSet {
  const endpoints = new Map<string, Endpoint>();
  for (const { port: number, endpoint } of candidates(port, inPrimaryFamily(service, slices))) {
    const state = stateOf(service, endpoint);
    if (state === undefined) continue;
    const id = `${endpoint.address}|${number}`;
    if (endpoints.get(id)?.state === "serving") continue;
    const base = { address: endpoint.address, port: number, state } as const;
    endpoints.set(id, endpoint.zone === undefined ? base : { ...base, zone: endpoint.zone });
  }
  return {
    key: endpointSetKey(service.key, port.port, port.protocol),
    endpoints: [...endpoints.values()].sort(compareEndpoints),
  };
}

/**
 * The hosts of a port where at least one slice holds host names, addresses of other slices among them; undefined where there are only
 * addresses. Envoy resolves names for a whole cluster or not at all.
 */
export function namedHostsOf(
  service: Service,
  port: ServicePort,
  slices: readonly Slice[],
): readonly { readonly host: string; readonly port: number }[] | undefined {
  if (!slices.some((slice) => slice.addressType === "FQDN")) return undefined;
  const hosts = new Map<string, { host: string; port: number }>();
  for (const { port: number, endpoint } of candidates(port, slices)) {
    if (stateOf(service, endpoint) !== "serving") continue;
    const host = endpoint.address.replace(/\.$/, "").toLowerCase();
    hosts.set(`${host}|${number}`, { host, port: number });
  }
  const sorted = [...hosts.values()].sort((a, b) => (a.host === b.host ? a.port - b.port : a.host < b.host ? -1 : 1));
  return sorted.length === 0 ? undefined : sorted;
}

function* candidates(port: ServicePort, slices: readonly Slice[]): Generator<Candidate> {
  for (const slice of slices) {
    for (const slicePort of slice.ports) {
      if (slicePort.name !== port.name || slicePort.protocol !== port.protocol) continue;
      const number = slicePort.port ?? (typeof port.targetPort === "number" ? port.targetPort : port.port);
      if (!Number.isInteger(number) || number < 1 || number > 65535) continue;
      for (const endpoint of slice.endpoints) yield { port: number, endpoint };
    }
  }
}

/** A dual-stack service lists every workload once per family; only its first family is used if that has endpoints at all. */
function inPrimaryFamily(service: Service, slices: readonly Slice[]): readonly Slice[] {
  const addresses = slices.filter((slice) => slice.addressType !== "FQDN");
  if (service.primaryFamily === undefined) return addresses;
  const primary = addresses.filter((slice) => slice.addressType === service.primaryFamily);
  return primary.some((slice) => slice.endpoints.length > 0) ? primary : addresses;
}

function stateOf(service: Service, endpoint: SliceEndpoint): Endpoint["state"] | undefined {
  if (endpoint.ready || service.publishNotReady) return "serving";
  return endpoint.serving && endpoint.terminating ? "draining" : undefined;
}

function compareEndpoints(a: Endpoint, b: Endpoint): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.port - b.port;
}

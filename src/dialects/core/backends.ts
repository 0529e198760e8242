import type { Backend, BackendTls, Service, ServicePort } from "../../model/backend.ts";
import { at } from "../../model/provenance.ts";
import { protocolOf } from "../../references/app-protocol.ts";
import { serviceBackendKey } from "../../references/backend-key.ts";
import { endpointSetKey } from "../../references/stream-backend.ts";

/** How long a connection to a backend may take to come up. */
export const connectTimeoutMs = 5000;

/**
 * The clusters that a port of a service can be: one for each protocol that a route may speak to it. They follow from the service alone, so that no
 * route edit touches them; compile keeps those that are used.
 * @param names hosts to resolve, where the service's slices hold host names.
 * @param policyTls what the policy of the port says, where it has one.
 */
export function backendsOf(
  service: Service,
  portIndex: number,
  port: ServicePort,
  names: readonly { readonly host: string; readonly port: number }[] | undefined,
  policyTls: BackendTls | undefined,
): readonly Backend[] {
  const choices = (["http1", "h2c"] as const)
    .map((preferred) => protocolOf(service, port, preferred))
    .filter((choice) => choice.kind === "ok");
  const variants = new Map(choices.map(({ variant, policy }) => [variant, policy]));
  const [namespace = "", name = ""] = service.key.split("/");
  return [...variants].flatMap(([variant, policy]) => {
    const backend = {
      key: serviceBackendKey(namespace, name, port.port, variant, policy),
      protocol: variant,
      location: locationOf(service, port, names),
      connectTimeoutMs,
      origin: at(service.origin, "spec", "ports", portIndex),
    };
    if (policy !== undefined) return policyTls === undefined ? [] : [{ ...backend, tls: policyTls }];
    if (variant !== "tls-http1") return [backend];
    const serverName = service.externalName ?? "";
    const subjectAltNames = [{ kind: "dns", value: serverName } as const];
    return [{ ...backend, tls: { serverName, trust: { kind: "system" }, subjectAltNames } }];
  });
}

export function locationOf(
  service: Service,
  port: ServicePort,
  names: readonly { readonly host: string; readonly port: number }[] | undefined,
): Backend["location"] {
  if (service.kind === "external-name") return { kind: "dns", host: service.externalName ?? "", port: port.port };
  const first = names?.[0];
  if (names === undefined || first === undefined)
    return { kind: "endpoints", set: endpointSetKey(service.key, port.port, port.protocol) };
  const dns = { kind: "dns", host: first.host, port: first.port } as const;
  return names.length === 1 ? dns : { ...dns, others: names.slice(1) };
}

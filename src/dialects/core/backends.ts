import type { Backend, Service, ServicePort } from "../../model/backend.ts";
import { at } from "../../model/provenance.ts";
import { protocolOf } from "../../references/app-protocol.ts";
import { type BackendVariant, serviceBackendKey } from "../../references/backend-key.ts";

/** How long a connection to a backend may take to come up. */
const connectTimeoutMs = 5000;

/**
 * The clusters that a port of a service can be: one for each protocol that a route may speak to it. They follow from the service alone, so that no
 * route edit touches them; compile keeps those that are used.
 * @param names hosts to resolve, where the service's slices hold host names.
 */
export function backendsOf(
  service: Service,
  portIndex: number,
  port: ServicePort,
  names: readonly { readonly host: string; readonly port: number }[] | undefined,
): readonly Backend[] {
  const variants = new Set<BackendVariant>();
  for (const preferred of ["http1", "h2c"] as const) {
    const choice = protocolOf(service, port, preferred);
    if (choice.kind === "ok") variants.add(choice.variant);
  }
  const [namespace = "", name = ""] = service.key.split("/");
  return [...variants].map((variant) => {
    const backend = {
      key: serviceBackendKey(namespace, name, port.port, variant),
      protocol: variant,
      location: locationOf(service, port, names),
      connectTimeoutMs,
      origin: at(service.origin, "spec", "ports", portIndex),
    };
    if (variant !== "tls-http1") return backend;
    const serverName = service.externalName ?? "";
    return {
      ...backend,
      tls: {
        serverName,
        trust: { kind: "system" },
        subjectAltNames: [{ kind: "dns", value: serverName }],
      },
    };
  });
}

function locationOf(
  service: Service,
  port: ServicePort,
  names: readonly { readonly host: string; readonly port: number }[] | undefined,
): Backend["location"] {
  if (service.kind === "external-name") return { kind: "dns", host: service.externalName ?? "", port: port.port };
  const first = names?.[0];
  if (names === undefined || first === undefined) return { kind: "endpoints", set: `${service.key}/${port.port}` };
  const dns = { kind: "dns", host: first.host, port: first.port } as const;
  return names.length === 1 ? dns : { ...dns, others: names.slice(1) };
}

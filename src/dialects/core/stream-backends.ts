import type { Backend, Service, ServicePort } from "../../model/backend.ts";
import { at } from "../../model/provenance.ts";
import { streamBackendKey } from "../../references/stream-backend.ts";
import { connectTimeoutMs, locationOf } from "./backends.ts";

/**
 * The cluster of a port for routes that pass on connections or datagrams. What the port says about its protocol does not matter: nobody reads what
 * goes through.
 */
export function streamBackendOf(
  service: Service,
  portIndex: number,
  port: ServicePort,
  names: readonly { readonly host: string; readonly port: number }[] | undefined,
): Backend {
  const protocol = port.protocol === "UDP" ? "udp" : "tcp";
  const [namespace = "", name = ""] = service.key.split("/");
  return {
    key: streamBackendKey(namespace, name, port.port, protocol),
    protocol,
    location: locationOf(service, port, names),
    connectTimeoutMs,
    origin: at(service.origin, "spec", "ports", portIndex),
  };
}

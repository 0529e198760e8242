import type { Service, ServicePort } from "../model/backend.ts";

/** Finds a TCP port of a service by number or by name. */
export function findServicePort(service: Service, port: number | string): ServicePort | undefined {
  return service.ports.find(
    (candidate) =>
      candidate.protocol === "TCP" && (candidate.port === port || (port !== "" && candidate.name === port)),
  );
}

/** "http (80), 8080": the ports a user could have meant; "none" where there is none. */
export function describePorts(service: Service, protocol: ServicePort["protocol"] = "TCP"): string {
  const ports = service.ports.filter((port) => port.protocol === protocol);
  if (ports.length === 0) return "none";
  return ports.map((port) => (port.name === "" ? String(port.port) : `${port.name} (${port.port})`)).join(", ");
}

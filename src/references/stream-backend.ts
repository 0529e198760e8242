/** Services are passed connections or datagrams as they come. */
export type StreamTransport = "tcp" | "udp";

/** `service/<ns>/<name>/<port>~tcp` or `…~udp`. */
export function streamBackendKey(namespace: string, name: string, port: number, transport: StreamTransport): string {
  return `service/${namespace}/${name}/${port}~${transport}`;
}

/** The endpoints of a service's port (`<ns>/<name>/<port>`); a UDP port may have the number of a TCP port and other endpoints. */
export function endpointSetKey(service: string, port: number, protocol: string): string {
  return protocol === "UDP" ? `${service}/${port}/udp` : `${service}/${port}`;
}

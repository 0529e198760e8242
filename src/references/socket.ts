import type { Listener } from "../model/gateway.ts";

type Socket = Pick<Listener, "proxyClass" | "protocol" | "address" | "bindPort">;

/** The name of Envoy's listener: `tcp/<address>/<port>` or `udp/<address>/<port>`, with the bound port. */
export function socketName({ protocol, address, bindPort }: Socket): string {
  return `${protocol === "udp" ? "udp" : "tcp"}/${address ?? "*"}/${bindPort}`;
}

/** The socket among those of all classes of proxies. */
export function socketKey(socket: Socket): string {
  return `${socket.proxyClass}|${socketName(socket)}`;
}

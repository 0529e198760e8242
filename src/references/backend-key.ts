/** What a service port is spoken to in; each variant is a cluster of its own, since Envoy fixes the protocol per cluster. */
export type BackendVariant = "http1" | "h2c" | "tls-http1";

/** `service/<ns>/<name>/<port>`, with the variant behind `~` where it is not plain HTTP/1.1. */
export function serviceBackendKey(namespace: string, name: string, port: number, variant: BackendVariant): string {
  const key = `service/${namespace}/${name}/${port}`;
  return variant === "http1" ? key : `${key}~${variant}`;
}

/** `external/<host>/<port>`, with `~tls` behind it where TLS is spoken. */
export function externalBackendKey(host: string, port: number, tls: boolean): string {
  const key = `external/${host}/${port}`;
  return tls ? `${key}~tls` : key;
}

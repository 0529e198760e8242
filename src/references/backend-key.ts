/** What a service port is spoken to in; each variant is a cluster of its own, since Envoy fixes the protocol per cluster. */
export type BackendVariant = "http1" | "h2c" | "tls-http1" | "tls-h2";

/**
 * `service/<ns>/<name>/<port>`, with the variant behind `~` where it is not plain HTTP/1.1.
 * @param policy name of the BackendTLSPolicy, in the service's namespace, that says how TLS is spoken: `…~tls-http1~policy/<name>`.
 */
export function serviceBackendKey(
  namespace: string,
  name: string,
  port: number,
  variant: BackendVariant,
  policy?: string,
): string {
  const key = `service/${namespace}/${name}/${port}`;
  const spoken = variant === "http1" ? key : `${key}~${variant}`;
  return policy === undefined ? spoken : `${spoken}~policy/${policy}`;
}

/** `external/<host>/<port>`, with `~tls` behind it where TLS is spoken. */
export function externalBackendKey(host: string, port: number, tls: boolean): string {
  const key = `external/${host}/${port}`;
  return tls ? `${key}~tls` : key;
}

const presentedBy = "~gateway/";

/** The same backend as a gateway (`ns/name`) that shows a certificate of its own reaches it. */
export function presentedBackendKey(backend: string, gateway: string): string {
  return `${backend}${presentedBy}${gateway}`;
}

/** The backend and the gateway of such a key; undefined for every other key. */
export function readPresentedBackendKey(
  key: string,
): { readonly backend: string; readonly gateway: string } | undefined {
  const mark = key.lastIndexOf(presentedBy);
  if (mark < 0) return undefined;
  return { backend: key.slice(0, mark), gateway: key.slice(mark + presentedBy.length) };
}

/** "service/shop/cart/80~ab12" → "Service shop/cart:80 (~ab12)"; the forms of names are those of `Backend.key`. */
export function describeBackend(key: string): string {
  const tilde = key.indexOf("~");
  const variant = tilde < 0 ? "" : ` (${key.slice(tilde)})`;
  const [kind = "", ...parts] = (tilde < 0 ? key : key.slice(0, tilde)).split("/");
  const [first = "", second = "", third] = parts;
  if (kind === "service" && third !== undefined) return `Service ${first}/${second}:${third}${variant}`;
  if (kind === "external" && parts.length === 2) return `${first}:${second}${variant}`;
  return key;
}

/** "httproute/shop/cart/0/1" → "httproute shop/cart, rule 0, match 1". */
export function describeRule(key: string): string {
  const [kind = "", namespace = "", name = "", rule, ...match] = key.split("/");
  if (rule === undefined) return key;
  const last = match.length === 0 ? "" : `, match ${match.join("/")}`;
  return `${kind} ${namespace}/${name}, rule ${rule}${last}`;
}

/** "trust/gateway/shop/edge/port-8443" → "of gateway shop/edge, port-8443". */
export function describeTrustBundle(key: string): string {
  const [, kind = "", namespace = "", name = "", ...part] = key.split("/");
  return [`of ${kind} ${namespace}/${name}`, ...part].join(", ");
}

/** "90 %"; small shares keep their digits. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** "2 hosts", "1 rule". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The first few of a list, and how many more there are. */
export function some(items: readonly string[], most = 5): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join("; ")} and ${more} more` : items.join("; ");
}

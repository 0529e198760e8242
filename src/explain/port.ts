import type { PortPlan } from "../compile/plan.ts";
import type { Collection } from "../incremental/collection.ts";
import type { ParsedRequest } from "./request.ts";

/**
 * The socket that a request arrives at: the one clients know by the URL's port, else the one bound to it. A URL that names no port
 * means, where nothing listens on the standard one, the first port of its scheme: on a laptop ports are moved.
 */
export function choosePort(
  ports: Pick<Collection<PortPlan>, "entries">,
  { about, portIsWritten }: ParsedRequest,
  proxyClass: string | undefined,
  notes: string[],
): PortPlan | undefined {
  const all = [...ports.entries()]
    .map(([, port]) => port)
    .filter((port) => proxyClass === undefined || port.proxyClass === proxyClass)
    .sort(
      (a, b) => a.clientPort - b.clientPort || compareText(a.proxyClass, b.proxyClass) || compareText(a.name, b.name),
    );
  const wantsTls = about.scheme === "https";
  const byScheme = all.filter((port) => port.chains.some((chain) => (chain.tls !== undefined) === wantsTls));
  const named = byScheme.filter((port) => port.clientPort === about.port);
  const found = named[0] ?? byScheme.find((port) => port.bindPort === about.port);
  if (found !== undefined) {
    const others = [...new Set(named.map((port) => port.proxyClass))].filter((name) => name !== found.proxyClass);
    if (others.length > 0)
      notes.push(`proxies of ${found.proxyClass} are asked; ${others.join(", ")} listen on the port too`);
    return found;
  }
  if (portIsWritten) {
    const other = all.find((port) => port.clientPort === about.port);
    if (other !== undefined)
      notes.push(`port ${about.port} speaks ${wantsTls ? "plain HTTP" : "HTTPS"}, not ${about.scheme}`);
    return undefined;
  }
  const fallback = byScheme[0];
  if (fallback !== undefined) {
    notes.push(
      `nothing listens on port ${about.port}; port ${fallback.clientPort} is asked, which speaks ${about.scheme}`,
    );
  }
  return fallback;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { chainFor } from "../compile/lookup.ts";
import type { PortPlan, StreamChainPlan } from "../compile/plan.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import { streamIdentity } from "./part-facts.ts";
import type { DiffSide, PartChange } from "./plan-diff.ts";
import { usualClient } from "./sample-requests.ts";
import { identityOf } from "./write-value.ts";

/** Connections and datagrams for which a port that changed has something else: one for each name that a way which is different is for. */
export function streamSamples(
  before: DiffSide,
  after: DiffSide,
  changes: readonly PartChange[],
): readonly ExplainRequest[] {
  return changes.flatMap(({ key }) => {
    const [old, young] = [before.plan.ports.get(key), after.plan.ports.get(key)];
    const port = young ?? old;
    if (port === undefined) return [];
    const ports = [old, young].filter((one) => one !== undefined);
    const names = different(old?.streams ?? [], young?.streams ?? []).flatMap(({ serverNames }) =>
      serverNames.length === 0 ? [undefined] : serverNames.map((name) => name.replace(/^\*/, "any")),
    );
    return [...new Set(names)].map((name) => requestFor(name, port, ports));
  });
}

function different(before: readonly StreamChainPlan[], after: readonly StreamChainPlan[]): readonly StreamChainPlan[] {
  const identities = (list: readonly StreamChainPlan[]) => new Set(list.map((one) => identityOf(streamIdentity(one))));
  const [old, young] = [identities(before), identities(after)];
  const isIn = (one: StreamChainPlan, list: ReadonlySet<string>) => list.has(identityOf(streamIdentity(one)));
  return [...before.filter((one) => !isIn(one, young)), ...after.filter((one) => !isIn(one, old))];
}

/** A way that takes connections from HTTPS, or leaves them to it, shows in what becomes of a request. */
function requestFor(
  name: string | undefined,
  { proxyClass, clientPort, name: socket }: PortPlan,
  ports: readonly PortPlan[],
): ExplainRequest {
  const host = name ?? "any.example";
  const isHttps = ports.some((port) => port.chains.length > 0 && chainFor(port, name) !== undefined);
  const isTls = name !== undefined || ports.some(({ streams }) => streams.some(({ tls }) => tls !== undefined));
  const scheme = isHttps ? "https" : socket.startsWith("udp/") ? "udp" : isTls ? "tls" : "tcp";
  const port = isHttps && clientPort === 443 ? "" : `:${clientPort}`;
  return {
    proxyClass,
    method: isHttps ? "GET" : "",
    url: `${scheme}://${host}${port}${isHttps ? "/" : ""}`,
    headers: [],
    clientAddress: usualClient,
    port: clientPort,
  };
}

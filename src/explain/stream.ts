import { covers, patternsOver } from "../compile/domain.ts";
import { chainFor } from "../compile/lookup.ts";
import type { PortPlan, StreamChainPlan } from "../compile/plan.ts";
import type { StreamBackend, StreamRule } from "../model/stream-rule.ts";
import { explainTls, type PlanLookup, whereabouts } from "./end.ts";
import type { ExplainInputs } from "./explain.ts";
import type { End, Entry, ExplainRequest, Explanation, Outcome, RuleRef, Target } from "./explanation.ts";

type StreamScheme = "tls" | "tcp" | "udp";

interface StreamAddress {
  readonly scheme: StreamScheme;
  readonly host: string;
  readonly port: number;
}

/** Whether a URL asks about a connection or datagram rather than a request. */
export function isStreamUrl(url: string): boolean {
  return /^(tls|tcp|udp):\/\//i.test(url);
}

/** What happens to a connection (`tls://host:port`, `tcp://…`) or a datagram (`udp://…`); for TLS the host, or `serverName`, is the server name. */
export function explainStream(inputs: ExplainInputs, request: ExplainRequest, lookup: PlanLookup): Explanation {
  const address = readAddress(request);
  if (address === undefined) {
    const about = { method: "", url: request.url, scheme: "tcp", authority: "", port: 0 } as const;
    return finished(
      { request: about, notes: [] },
      `${JSON.stringify(request.url)} is no tls, tcp or udp URL with a port`,
    );
  }
  const { scheme, host, port: number } = address;
  const serverName = scheme === "tls" ? (request.serverName ?? host).toLowerCase() : undefined;
  const about = {
    method: "",
    url: request.url,
    scheme,
    authority: `${host}:${number}`,
    port: number,
    ...(serverName === undefined ? {} : { serverName }),
  };
  const base = { request: about, notes: [] };
  const port = portFor(inputs, request, address);
  if (port === undefined)
    return finished(base, `nothing listens on ${scheme === "udp" ? "UDP" : "TCP"} port ${number}`);
  const chain = streamFor(port, serverName);
  if (chain !== undefined) return throughStream(base, request, port, chain, serverName ?? "*", lookup);
  if (port.chains.length > 0) return finished(base, `port ${number} speaks HTTP here; ask with an http or https URL`);
  return finished(base, `no listener of port ${number} serves ${serverName ?? "it"}`);
}

/** The chain without HTTP that a connection with a server name gets; undefined where it gets another one or none. */
export function streamFor(port: PortPlan, serverName: string | undefined): StreamChainPlan | undefined {
  const rival = port.chains.length === 0 ? undefined : chainFor(port, serverName);
  for (const pattern of serverName === undefined ? [] : patternsOver(serverName)) {
    if (rival?.serverNames.includes(pattern) === true) return undefined;
    const found = port.streams.find(
      ({ serverNames }) => serverNames.includes(pattern) && covers(pattern, serverName ?? ""),
    );
    if (found !== undefined) return found;
  }
  return rival === undefined ? port.streams.find(({ serverNames }) => serverNames.length === 0) : undefined;
}

export function throughStream(
  base: Pick<Explanation, "request" | "notes">,
  request: ExplainRequest,
  port: PortPlan,
  chain: StreamChainPlan,
  host: string,
  lookup: PlanLookup,
): Explanation {
  const entry: Entry = {
    proxyClass: port.proxyClass,
    port: port.name,
    chain: chain.name,
    certificates: chain.tls?.certificates ?? [],
    listeners: [chain.listener],
    clientAddress: { address: request.clientAddress, because: "the other end of the connection" },
    path: "",
    query: "",
    pathChanges: [],
  };
  const { rule } = chain;
  if (rule === undefined)
    return { ...finished(base, "no route of the listener is for it, or none that may be served"), entry };
  const listener = lookup.listener(chain.listener);
  const outcome: Outcome = {
    share: 1,
    rule: refTo(rule, chain),
    matched: chain.tls === undefined ? `everything for ${host}, as it comes` : `everything for ${host}, decrypted`,
    steps: [],
    end: endOf(rule, lookup),
  };
  const { key, hostname, origin } = listener ?? {};
  const named =
    key === undefined || hostname === undefined || origin === undefined ? {} : { listener: { key, hostname, origin } };
  return { ...base, entry, passedOver: [], furtherMisses: 0, outcomes: [{ ...outcome, ...named }] };
}

function refTo(rule: StreamRule, { listener, serverNames }: StreamChainPlan): RuleRef {
  const { key, dialect, origin } = rule;
  return { key, dialect, listener, hosts: serverNames.length === 0 ? ["*"] : serverNames, origin };
}

function endOf({ backends }: StreamRule, lookup: PlanLookup): End {
  const chosen = backends.filter(({ weight }) => weight > 0);
  if (chosen.length === 0) return closed("no backend has any weight");
  if (chosen.every(({ target }) => target.kind === "close")) return closed("none of the rule's backends can be used");
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0);
  return { kind: "forward", targets: chosen.map((one) => targetOf(one, total, lookup)) };
}

function targetOf({ weight, target, origin }: StreamBackend, total: number, lookup: PlanLookup): Target {
  const share = weight / total;
  if (target.kind === "close") {
    return { share, origin, to: { kind: "respond", status: 0, because: "the backend cannot be used" } };
  }
  const backend = lookup.backend(target.backend);
  const to = { kind: "connection", backend: target.backend, protocol: backend?.protocol ?? "unknown" } as const;
  const tls = backend?.tls === undefined ? {} : { tls: explainTls(backend.tls) };
  return { share, origin, to: { ...to, ...tls, ...whereabouts(backend, lookup) } };
}

function portFor(
  inputs: ExplainInputs,
  request: ExplainRequest,
  { scheme, port: number }: StreamAddress,
): PortPlan | undefined {
  const ports = Array.from(inputs.plan.ports.entries(), ([, port]) => port)
    .filter(({ name }) => name.startsWith("udp/") === (scheme === "udp"))
    .filter(({ proxyClass }) => request.proxyClass === undefined || proxyClass === request.proxyClass)
    .sort((a, b) => (a.proxyClass < b.proxyClass ? -1 : Number(a.proxyClass > b.proxyClass)));
  return ports.find(({ clientPort }) => clientPort === number) ?? ports.find(({ bindPort }) => bindPort === number);
}

function readAddress({ url, port }: ExplainRequest): StreamAddress | undefined {
  const match = /^(tls|tcp|udp):\/\/(\[[0-9a-f:.]+\]|[^/?#:@\s[\]]+)(?::(\d{1,5}))?\/?$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase();
  const number = port ?? Number(match?.[3] ?? (scheme === "tls" ? 443 : 0));
  if (match === null || number < 1 || number > 65_535) return undefined;
  if (scheme !== "tls" && scheme !== "tcp" && scheme !== "udp") return undefined;
  return { scheme, host: (match[2] ?? "").toLowerCase(), port: number };
}

function finished(base: Pick<Explanation, "request" | "notes">, because: string): Explanation {
  return { ...base, passedOver: [], furtherMisses: 0, outcomes: [{ share: 1, steps: [], end: closed(because) }] };
}

function closed(because: string): End {
  return { kind: "respond", status: 0, because };
}

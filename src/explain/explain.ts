import { chainFor, hostFor } from "../compile/lookup.ts";
import { type FullMatch, rememberingFullMatch } from "../compile/pattern.ts";
import type { ChainPlan, HostPlan, PlanCollections, PortPlan } from "../compile/plan.ts";
import type { Collection } from "../incremental/collection.ts";
import type { EndpointSet } from "../model/backend.ts";
import { findClientAddress } from "./client-address.ts";
import type { PlanLookup } from "./end.ts";
import type { End, Entry, ExplainRequest, Explanation, HostChoice, Outcome } from "./explanation.ts";
import type { RoutedRequest } from "./match.ts";
import { normalisePath } from "./normalise-path.ts";
import { choosePort } from "./port.ts";
import { headersAtProxy } from "./proxy-headers.ts";
import { hostOf, type ParsedRequest, parseRequest } from "./request.ts";
import { tryRules } from "./rules.ts";
import { explainStream, isStreamUrl, streamFor, throughStream } from "./stream.ts";

/** What `explain` reads: plans, and endpoints where somebody has them. */
export interface ExplainInputs {
  readonly plan: Pick<PlanCollections, "ports" | "hosts" | "clusters"> & Partial<Pick<PlanCollections, "listeners">>;
  readonly endpointSets?: Pick<Collection<EndpointSet>, "get">;
  /** For many requests: remembers compiled expressions between them. */
  readonly regex?: FullMatch;
}

/**
 * Says what happens to a request and which line of whose file says so. It evaluates the plan alone, in the way Envoy would: port, chain by server name,
 * path normalisation, virtual host, rules in their order, steps, end. Never throws on what people ask.
 */
export function explain(inputs: ExplainInputs, request: ExplainRequest): Explanation {
  if (isStreamUrl(request.url)) return explainStream(inputs, request, lookupIn(inputs));
  const parsed = parseRequest(request);
  if ("problem" in parsed) {
    const about = { method: request.method, url: request.url, scheme: "http", authority: "", port: 0 } as const;
    return over({ request: about, notes: [] }, closed(parsed.problem));
  }
  const notes: string[] = [];
  const base = { request: parsed.about, notes };
  const passed = passedOn(inputs, request, parsed);
  if (passed !== undefined) return passed;
  const port = choosePort(inputs.plan.ports, parsed, request.proxyClass, notes);
  if (port === undefined) return over(base, closed(`nothing listens on port ${parsed.about.port}`));
  const chain = chainFor(port, parsed.about.serverName);
  if (chain === undefined) {
    return over(base, closed(`no certificate serves the name ${parsed.about.serverName ?? "(none)"}`));
  }
  return throughChain(inputs, request, parsed, port, chain, notes);
}

function throughChain(
  inputs: ExplainInputs,
  request: ExplainRequest,
  parsed: ParsedRequest,
  port: PortPlan,
  chain: ChainPlan,
  notes: readonly string[],
): Explanation {
  const clientAddress = findClientAddress(port.clientAddress, request.clientAddress, parsed.headers);
  const normalised = normalisePath(parsed.path, port.edge);
  const entry: Entry = {
    proxyClass: port.proxyClass,
    port: port.name,
    chain: chain.name,
    certificates: chain.tls?.certificates ?? [],
    ...clientCertificate(chain),
    listeners: chain.listeners,
    clientAddress,
    path: normalised.kind === "reject" ? parsed.path : normalised.path,
    query: parsed.query,
    pathChanges: normalised.kind === "path" ? normalised.changes : [],
  };
  const base = { request: parsed.about, entry, notes };
  const underscored = parsed.headers.find(({ name }) => name.includes("_"));
  if (underscored !== undefined && port.edge.headersWithUnderscores === "reject") {
    const because = `header ${underscored.name} has an underscore in its name, which the gateway rejects`;
    return over(base, { kind: "respond", status: 400, because });
  }
  if (normalised.kind === "reject") return over(base, { kind: "respond", status: 400, because: normalised.because });
  if (normalised.kind === "redirect") {
    const because = "the path holds escaped slashes, and the gateway has them spelled out";
    return over(base, { kind: "redirect", status: 307, location: normalised.path + parsed.query, because });
  }
  const host = hostFor(inputs.plan.hosts, port.proxyClass, chain.table, hostOf(parsed.about.authority));
  const choice: HostChoice = {
    table: chain.table,
    rules: host?.rules.length ?? 0,
    ...(host === undefined ? {} : { domain: host.domain }),
  };
  if (host === undefined) {
    const because = `no rule serves the host ${hostOf(parsed.about.authority)} here`;
    return { ...over(base, { kind: "respond", status: 404, because }), host: choice };
  }
  const routed = routedRequest(inputs, request, parsed, port, chain, entry);
  const lookup = lookupIn(inputs);
  if (routed.headers.some(({ name, value }) => name === "x-forwarded-proto" && value === "")) {
    const because = "X-Forwarded-Proto comes empty from a trusted proxy; Envoy then looks for no rule";
    return { ...over(base, { kind: "respond", status: 404, because }), host: { table: chain.table, rules: 0 } };
  }
  const tried = tryRules(host.rules, routed, lookup, unmatched(host));
  return { ...base, host: choice, ...tried };
}

/** What becomes of a request whose connection is passed on without being read as HTTP; undefined where it is read. */
function passedOn(inputs: ExplainInputs, request: ExplainRequest, { about }: ParsedRequest): Explanation | undefined {
  for (const [, port] of inputs.plan.ports.entries()) {
    if (about.scheme !== "https" || port.name.startsWith("udp/") || port.clientPort !== about.port) continue;
    if (request.proxyClass !== undefined && port.proxyClass !== request.proxyClass) continue;
    const chain = streamFor(port, about.serverName);
    if (chain === undefined) continue;
    const notes = [
      "the connection is passed on without being read as HTTP: what the backend makes of the request is not known",
    ];
    return throughStream({ request: about, notes }, request, port, chain, about.serverName ?? "*", lookupIn(inputs));
  }
  return undefined;
}

function lookupIn(inputs: ExplainInputs): PlanLookup {
  return {
    backend: (key) => inputs.plan.clusters.get(key)?.backend,
    listener: (key) => inputs.plan.listeners?.get(key),
    endpoints: (set) => inputs.endpointSets?.get(set),
  };
}

/** The request as rules see it. */
function routedRequest(
  inputs: ExplainInputs,
  request: ExplainRequest,
  parsed: ParsedRequest,
  port: PortPlan,
  chain: ChainPlan,
  { path, query, clientAddress: { address } }: Entry,
): RoutedRequest {
  const scheme = chain.tls === undefined ? "http" : "https";
  const dropsUnderscores = port.edge.headersWithUnderscores === "drop";
  const headers = parsed.headers.filter(({ name }) => !dropsUnderscores || !name.includes("_"));
  const arrival = { rule: port.clientAddress, peer: request.clientAddress, clientAddress: address, scheme } as const;
  return {
    method: parsed.about.method,
    scheme,
    authority: parsed.about.authority,
    path,
    query,
    headers: headersAtProxy(headers, arrival),
    clientAddress: address,
    serverName: parsed.about.serverName,
    regex: inputs.regex ?? rememberingFullMatch(),
  };
}

function clientCertificate({ tls }: ChainPlan): Pick<Entry, "clientCertificate"> {
  const demand = tls?.clientValidation;
  return demand === undefined ? {} : { clientCertificate: { mode: demand.mode, trust: demand.bundle } };
}

function unmatched(host: HostPlan): End {
  if (host.otherwise === "misdirected") {
    const because = `the host belongs to another listener of the port; open a new connection for it`;
    return { kind: "respond", status: 421, because };
  }
  return { kind: "respond", status: 404, because: `no rule of host ${host.domain} matches` };
}

function closed(because: string): End {
  return { kind: "respond", status: 0, because };
}

/** An explanation that ends before any rule is tried. */
function over(base: Pick<Explanation, "request" | "entry" | "notes">, end: End): Explanation {
  const outcome: Outcome = { share: 1, steps: [], end };
  return { ...base, passedOver: [], furtherMisses: 0, outcomes: [outcome] };
}

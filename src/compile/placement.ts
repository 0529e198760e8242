import type { Collection } from "../incremental/collection.ts";
import { structurallyEqual } from "../incremental/equal.ts";
import type { Graph } from "../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { ClientAddressRule, EdgeOptions, Gateway, Listener } from "../model/gateway.ts";
import { at } from "../model/provenance.ts";
import { socketKey, socketName } from "../references/socket.ts";
import type { CompileInputs } from "./inputs.ts";

/** What all listeners of a socket must agree on. */
export type Speech = "plain HTTP" | "TLS" | "TCP" | "UDP";

/** What holds for a whole socket; the oldest gateway with a listener there decides, then the smallest name. */
export interface PortHead {
  readonly proxyClass: string;
  /** `tcp/<address>/<bound port>` or `udp/…`, "*" for all addresses. */
  readonly name: string;
  readonly address?: string;
  readonly bindPort: number;
  readonly clientPort: number;
  /** Whether it speaks TLS: HTTPS and TLS listeners share such a socket. */
  readonly tls: boolean;
  readonly speaks: Speech;
  /** The table of plain HTTP, or the one that all shared HTTPS listeners use. */
  readonly table: string;
  readonly clientAddress: ClientAddressRule;
  readonly edge: EdgeOptions;
}

/** A listener that is served, and where. */
export interface Placement {
  /** Key of the port: `<proxy class>|<listener name>`. */
  readonly port: string;
  readonly listener: Listener;
  readonly age: string;
}

export interface Placements {
  /** By port key. */
  readonly heads: Collection<PortHead>;
  /** Listeners for HTTP and HTTPS by key; those that lost their port to another protocol are not here. */
  readonly placements: Collection<Placement>;
  /** The same for TLS, TCP and UDP. */
  readonly streams: Collection<Placement>;
  readonly findings: Collection<readonly Diagnostic[]>;
}

interface Candidate {
  readonly port: string;
  readonly listener: Listener;
  readonly gateway: Gateway;
}

type Verdict = { readonly placement?: Placement; readonly findings: readonly Diagnostic[] };

/** Decides which listeners share a socket and who has the say there. */
export function placeListeners(graph: Graph, inputs: CompileInputs): Placements {
  const candidates = graph.derive<Listener, Candidate>(
    "compile.candidates",
    inputs.listeners,
    (listener, key, context) => {
      const gateway = context.get(inputs.gateways, listener.gateway);
      return gateway === undefined ? [] : [[key, { port: socketKey(listener), listener, gateway }]];
    },
  );
  const sockets = graph.group("compile.sockets", candidates, (candidate) => [candidate.port], compareCandidates);
  const heads = graph.derive("compile.heads", sockets, (members, port) => {
    const [first] = members;
    return first === undefined ? [] : [[port, headOf(first.value)] as const];
  });
  const verdicts = graph.derive<Candidate, Verdict>("compile.verdicts", candidates, (candidate, key, context) => {
    const head = context.get(heads, candidate.port);
    return [[key, judge(candidate, head)]];
  });
  const placements = graph.derive<Verdict, Placement>("compile.placements", verdicts, ({ placement }, key) =>
    placement === undefined || !isHttp(placement.listener) ? [] : [[key, placement]],
  );
  const streams = graph.derive<Verdict, Placement>("compile.stream-placements", verdicts, ({ placement }, key) =>
    placement === undefined || isHttp(placement.listener) ? [] : [[key, placement]],
  );
  const findings = graph.derive<Verdict, readonly Diagnostic[]>(
    "compile.placement-findings",
    verdicts,
    (verdict, key) => (verdict.findings.length === 0 ? [] : [[key, verdict.findings]]),
  );
  return { heads, placements, streams, findings };
}

/** Isolated before shared, then the oldest gateway, then by name: the order in which listeners of one socket or one host win. */
export function comparePlacements(a: Placement, b: Placement): number {
  const isolation = Number(a.listener.isolation === "shared") - Number(b.listener.isolation === "shared");
  return isolation || compareText(a.age, b.age) || compareText(a.listener.gateway, b.listener.gateway);
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    compareText(a.gateway.creationTimestamp, b.gateway.creationTimestamp) || compareText(a.gateway.key, b.gateway.key)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isHttp(listener: Listener): boolean {
  return listener.protocol === "http" || listener.protocol === "https";
}

function speechOf({ protocol }: Listener): Speech {
  switch (protocol) {
    case "http":
      return "plain HTTP";
    case "https":
    case "tls":
      return "TLS";
    case "tcp":
      return "TCP";
    case "udp":
      return "UDP";
  }
}

function headOf({ listener, gateway }: Candidate): PortHead {
  const speaks = speechOf(listener);
  const tls = speaks === "TLS";
  const socket = listener.address === undefined ? `${listener.bindPort}` : `${listener.address}/${listener.bindPort}`;
  return {
    proxyClass: listener.proxyClass,
    name: socketName(listener),
    ...(listener.address === undefined ? {} : { address: listener.address }),
    bindPort: listener.bindPort,
    clientPort: listener.port,
    tls,
    speaks,
    table: `${tls ? "https" : "http"}/${socket}`,
    clientAddress: gateway.clientAddress,
    edge: gateway.edge,
  };
}

function judge({ port, listener, gateway }: Candidate, head: PortHead | undefined): Verdict {
  if (head === undefined) return { findings: [] };
  if (speechOf(listener) !== head.speaks) {
    const message = `listener ${listener.key} wants ${listener.protocol} on port ${listener.bindPort}, which an older gateway uses for ${head.speaks}; it is not served`;
    return { findings: [diagnose("WR0304", listener.origin, message, "give one of the two another port")] };
  }
  const findings: Diagnostic[] = [];
  const say = (what: string) => {
    const message = `gateway ${gateway.key} shares port ${listener.bindPort} with an older gateway, whose ${what} apply to all of it`;
    findings.push(diagnose("WR0304", at(gateway.origin), message, "make them agree or give one of them another port"));
  };
  if (!structurallyEqual(gateway.clientAddress, head.clientAddress)) say("client address rules");
  if (!structurallyEqual(writtenEdge(gateway.edge), writtenEdge(head.edge))) say("edge options");
  return { placement: { port, listener, age: gateway.creationTimestamp }, findings };
}

/** With one value for what dialects decide by themselves, which is no mistake of the user's. */
function writtenEdge(edge: EdgeOptions): EdgeOptions {
  return { ...edge, escapedSlashes: "keep" };
}

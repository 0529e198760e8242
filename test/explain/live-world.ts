import { X509Certificate } from "node:crypto";
import type { TestContext } from "node:test";
import { rememberingFullMatch } from "../../src/compile/pattern.ts";
import type { PlanCollections } from "../../src/compile/plan.ts";
import type { Pipeline } from "../../src/control-plane/pipeline.ts";
import type { DialectOptions } from "../../src/dialects/dialect.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { eventually, freePorts, type LiveProxy } from "../e2e/xds-live-proxy.ts";
import { fuzzPipeline, putWorld } from "../fuzz/fuzz-pipeline.ts";
import type { PeerCertificates } from "../generators/certificates.ts";
import { writtenPorts } from "../generators/pools.ts";
import type { World } from "../generators/world.ts";
import type { Backends } from "./backend.ts";
import { type Answer, createClient } from "./client.ts";
import { type ConnectionAnswer, openConnection, type WorldConnection } from "./connections.ts";
import type { ConnectionReality, Reality } from "./reality.ts";
import type { ClientCertificate, WorldRequest } from "./requests.ts";

/** Settings of an installation that decide how requests are read. */
export type Settings = Pick<DialectOptions, "clientAddress"> & {
  readonly escapedSlashes: NonNullable<DialectOptions["edge"]>["escapedSlashes"];
  readonly headersWithUnderscores: NonNullable<DialectOptions["edge"]>["headersWithUnderscores"];
  readonly mergeSlashes: boolean;
};

const AT_ONCE = 8;

/** How long an answer to a datagram is waited for, in milliseconds: where one must come, and where none need. */
const PATIENCE = { answered: 10_000, unsure: 250 };

const logFields = {
  id: "%REQ(USER-AGENT)%",
  // A client may have connections from one port of its own to several of the proxy's.
  connection: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS% to %DOWNSTREAM_LOCAL_PORT%",
  route: "%ROUTE_NAME%",
  cluster: "%UPSTREAM_CLUSTER_RAW%",
  endpoint: "%UPSTREAM_HOST%",
  details: "%RESPONSE_CODE_DETAILS%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
};

/** What a world knows of certificates. */
export interface Peers {
  /** Whose certificates a trust bundle vouches for. */
  readonly signedBy: (bundle: string) => Exclude<ClientCertificate, "none"> | undefined;
  /** The fingerprint of the certificate in a Secret. */
  readonly fingerprintOf: (secret: string) => string | undefined;
  /** The fingerprint of what backends show. */
  readonly backend: string;
}

/** A world compiled, with ports of its own. */
export interface CompiledWorld {
  readonly pipeline: Pipeline;
  readonly peers: Peers;
  /** The ports whose listeners want TLS. */
  readonly tlsPorts: ReadonlySet<number>;
  /** What explain says; another plan than the world's own may be asked. */
  explain(request: WorldRequest, plan?: Pick<PlanCollections, "ports" | "hosts" | "clusters">): Explanation;
  explainConnection(connection: WorldConnection): Explanation;
}

export async function compileWorld(
  world: World,
  settings: Settings,
  certificates: PeerCertificates,
): Promise<CompiledWorld> {
  const bound = await freePorts(writtenPorts.length);
  const ports = new Map(writtenPorts.map((port, index) => [port, bound[index] ?? port]));
  const { clientAddress, ...edge } = settings;
  const pipeline = fuzzPipeline(ports, {
    ...(clientAddress === undefined ? {} : { clientAddress }),
    edge: { ...edge, accessLog: { kind: "json", path: "/dev/stdout", fields: logFields } },
  });
  putWorld(pipeline, world);
  const { plan, endpointSets } = pipeline;
  const regex = rememberingFullMatch();
  return {
    pipeline,
    peers: peersIn(plan, certificates),
    tlsPorts: new Set(
      [...plan.listeners.entries()].flatMap(([, { protocol, port }]) => (protocol === "tls" ? [port] : [])),
    ),
    explain: (request, asked = plan) =>
      explain(
        { plan: asked, endpointSets, regex },
        {
          method: request.method,
          // The Host header says the host; an address leaves the server name to what the request says.
          url: `${request.secure ? "https" : "http"}://127.0.0.1:${request.port}${request.target}`,
          headers: [{ name: "host", value: request.host }, ...request.headers],
          clientAddress: request.from,
          ...(request.serverName === undefined ? {} : { serverName: request.serverName }),
        },
      ),
    explainConnection: ({ protocol, port, serverName }) =>
      explain(
        { plan, endpointSets },
        {
          method: "",
          url: `${protocol}://${protocol === "tls" ? serverName : "127.0.0.1"}:${port}`,
          headers: [],
          clientAddress: "127.0.0.1",
        },
      ),
  };
}

function peersIn(
  { trustBundles, certificates }: Pick<PlanCollections, "trustBundles" | "certificates">,
  known: PeerCertificates,
): Peers {
  const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;
  return {
    signedBy: (key) => {
      const bundle = trustBundles.get(key)?.bundle.certificates;
      if (bundle?.includes(known.authority.trim()) === true) return "trusted";
      return bundle?.includes(known.strangeAuthority.trim()) === true ? "strange" : undefined;
    },
    fingerprintOf: (key) => {
      const found = certificates.get(key)?.certificate.certificateChain;
      return found === undefined ? undefined : fingerprint(found);
    },
    backend: fingerprint(known.backend.cert),
  };
}

/** Sends the requests through a proxy that runs the world. */
export async function whatBecomesOfRequests(
  t: TestContext,
  proxy: LiveProxy,
  requests: readonly WorldRequest[],
  { seen: memory }: Backends,
  certificates: PeerCertificates,
): Promise<readonly Reality[]> {
  const client = createClient(certificates);
  t.after(() => client.close());
  const answers = await inParallel(requests, (request, index) => client.send(request, idOf(index)));
  const seenBy = (answer: Answer) =>
    answer.kind === "closed" || answer.seen === undefined ? undefined : memory.get(answer.seen);
  // What is no proper request is refused before anybody reads its headers, and what is passed on is not read at all: the log then cannot name it.
  const isLogged = (answer: Answer) =>
    answer.kind === "answer" && answer.status !== 400 && seenBy(answer)?.headers["x-forwarded-proto"] !== undefined;
  const isAnsweredByProxy = (answer: Answer) =>
    answer.kind === "answer" && answer.status !== 400 && answer.seen === undefined;
  let log = new Map<unknown, Record<string, unknown>>();
  const isComplete = async () => {
    log = new Map((await proxy.accessLog()).map((line) => [line.id, line]));
    return answers.every((answer, index) => !(isLogged(answer) || isAnsweredByProxy(answer)) || log.has(idOf(index)));
  };
  const missing = () =>
    answers.flatMap((answer, index) => (log.has(idOf(index)) ? [] : [{ ...requests[index], answer }]));
  await eventually(isComplete, () => `the access log does not name ${JSON.stringify(missing())}`);
  return answers.map((answer, index): Reality => {
    if (answer.kind === "closed") return answer;
    const line = log.get(idOf(index)) ?? {};
    return {
      kind: "answer",
      status: answer.status,
      location: answer.location,
      route: text(line.route),
      cluster: text(line.cluster),
      endpoint: text(line.endpoint),
      details: text(line.details),
      client: text(line.client),
      seen: seenBy(answer),
    };
  });
}

/** Opens the connections to a proxy that runs the world. @param isAnswered whether an answer to a datagram must come. */
export async function whatBecomesOfConnections(
  proxy: LiveProxy,
  connections: readonly WorldConnection[],
  { seen: memory }: Backends,
  isAnswered: (connection: WorldConnection) => boolean,
): Promise<readonly ConnectionReality[]> {
  const answers = await inParallel(connections, (connection) =>
    openConnection(connection, isAnswered(connection) ? PATIENCE.answered : PATIENCE.unsure),
  );
  let log = new Map<unknown, Record<string, unknown>>();
  const lineOf = (answer: ConnectionAnswer, index: number) =>
    answer.kind === "request" ? log.get(`${answer.from} to ${connections[index]?.port}`) : undefined;
  const isComplete = async () => {
    const lines = (await proxy.accessLog()).filter(({ id }) => text(id) === undefined);
    log = new Map(lines.map((line) => [line.connection, line]));
    return answers.every((answer, index) => answer.kind !== "request" || lineOf(answer, index) !== undefined);
  };
  await eventually(isComplete, () => `the access log lacks some of ${JSON.stringify(answers)}`);
  return answers.map((answer, index): ConnectionReality => {
    if (answer.kind !== "request") return answer;
    const seen = memory.get(answer.seen);
    if (seen === undefined) throw new Error(`no backend remembers ${answer.seen}`);
    // Only who reads a request can add to it.
    if (seen.headers["x-forwarded-proto"] !== undefined) return { kind: "read" };
    const line = lineOf(answer, index) ?? {};
    return {
      kind: "request",
      rule: text(line.route),
      cluster: text(line.cluster),
      seen,
      certificate: answer.certificate,
    };
  });
}

function idOf(index: number): string {
  return `request-${index}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "-" ? value : undefined;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

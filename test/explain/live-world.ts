import type { TestContext } from "node:test";
import { rememberingFullMatch } from "../../src/compile/pattern.ts";
import type { PlanCollections } from "../../src/compile/plan.ts";
import type { Pipeline } from "../../src/control-plane/pipeline.ts";
import { SHARED_CLASS } from "../../src/control-plane/proxy-classes.ts";
import type { DialectOptions } from "../../src/dialects/dialect.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { eventually, freePorts, liveProxy } from "../e2e/xds-live-proxy.ts";
import { fuzzPipeline, putWorld } from "../fuzz/fuzz-pipeline.ts";
import type { World } from "../generators/world.ts";
import type { Backends, Seen } from "./backend.ts";
import { type Answer, createClient } from "./client.ts";
import type { WorldRequest } from "./requests.ts";

/** What the proxy did with a request, from all who know: the client, the access log, the backend. */
export type Reality =
  | { readonly kind: "closed" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | undefined;
      /** Envoy's route name; undefined where no route was found. */
      readonly route: string | undefined;
      readonly cluster: string | undefined;
      readonly endpoint: string | undefined;
      /** Envoy's reason for the answer. */
      readonly details: string | undefined;
      readonly client: string | undefined;
      /** Undefined where no backend answered. */
      readonly seen: Seen | undefined;
    };

/** Settings of an installation that decide how requests are read. */
export type Settings = Pick<DialectOptions, "clientAddress"> & {
  readonly escapedSlashes: NonNullable<DialectOptions["edge"]>["escapedSlashes"];
  readonly headersWithUnderscores: NonNullable<DialectOptions["edge"]>["headersWithUnderscores"];
  readonly mergeSlashes: boolean;
};

/** Ports that generated worlds listen on. */
const WRITTEN_PORTS = [80, 443, 8080, 50_051];
const AT_ONCE = 8;

const logFields = {
  id: "%REQ(USER-AGENT)%",
  route: "%ROUTE_NAME%",
  cluster: "%UPSTREAM_CLUSTER_RAW%",
  endpoint: "%UPSTREAM_HOST%",
  details: "%RESPONSE_CODE_DETAILS%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
};

/** A world compiled, with ports of its own. */
export interface CompiledWorld {
  readonly pipeline: Pipeline;
  /** What explain says; another plan than the world's own may be asked. */
  explain(request: WorldRequest, plan?: Pick<PlanCollections, "ports" | "hosts" | "clusters">): Explanation;
}

export async function compileWorld(world: World, settings: Settings): Promise<CompiledWorld> {
  const bound = await freePorts(WRITTEN_PORTS.length);
  const ports = new Map(WRITTEN_PORTS.map((port, index) => [port, bound[index] ?? port]));
  const { clientAddress, ...edge } = settings;
  const pipeline = fuzzPipeline(ports, {
    ...(clientAddress === undefined ? {} : { clientAddress }),
    edge: { ...edge, accessLog: { kind: "json", path: "/dev/stdout", fields: logFields } },
  });
  putWorld(pipeline, world);
  const regex = rememberingFullMatch();
  return {
    pipeline,
    explain: (request, plan = pipeline.plan) =>
      explain(
        { plan, endpointSets: pipeline.endpointSets, regex },
        {
          method: request.method,
          // The Host header says the host; an address leaves the server name to what the request says.
          url: `${request.secure ? "https" : "http"}://127.0.0.1:${request.port}${request.target}`,
          headers: [{ name: "host", value: request.host }, ...request.headers],
          clientAddress: request.from,
          ...(request.serverName === undefined ? {} : { serverName: request.serverName }),
        },
      ),
  };
}

/** Sends the requests through a fresh Envoy that runs the world. Undefined where there is no Envoy; the test is then skipped. */
export async function whatEnvoyDoes(
  t: TestContext,
  { pipeline }: CompiledWorld,
  requests: readonly WorldRequest[],
  backends: Backends,
): Promise<readonly Reality[] | undefined> {
  const proxy = await liveProxy(t, pipeline.encoded.planSource, SHARED_CLASS);
  if (proxy === undefined) return undefined;
  const client = createClient();
  t.after(() => client.close());
  const answers = await inParallel(requests, (request, index) => client.send(request, idOf(index)));
  let log = new Map<unknown, Record<string, unknown>>();
  const isComplete = async () => {
    log = new Map((await proxy.accessLog()).map((line) => [line.id, line]));
    return answers.every((answer, index) => !isLogged(answer) || log.has(idOf(index)));
  };
  const missing = () =>
    answers.flatMap((answer, index) => (log.has(idOf(index)) ? [] : [{ ...requests[index], answer }]));
  await eventually(isComplete, () => `the access log does not name ${JSON.stringify(missing())}`);
  return answers.map((answer, index): Reality => {
    if (answer.kind === "closed") return answer;
    const line = log.get(idOf(index)) ?? {};
    const { status, location, seen } = answer;
    return {
      kind: "answer",
      status,
      location,
      route: text(line.route),
      cluster: text(line.cluster),
      endpoint: text(line.endpoint),
      details: text(line.details),
      client: text(line.client),
      seen: seen === undefined ? undefined : backends.seen.get(seen),
    };
  });
}

/** What is no proper request is refused before anybody reads its headers; the log then cannot name it. */
function isLogged(answer: Answer): boolean {
  return answer.kind === "answer" && answer.status !== 400;
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

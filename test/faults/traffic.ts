import { Agent, type RequestOptions, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** What steady traffic has met so far. */
export interface Traffic {
  readonly answered: () => number;
  /** Why requests failed: no answer, or another one than 200. */
  readonly failures: () => readonly string[];
  /** Lets the requests under way finish. */
  readonly stop: () => Promise<void>;
}

const pauseMs = 2;

/** Requests one after the other in closed loops: some on connections they keep, some on a new one each time. */
export function steadyTraffic(
  port: number,
  host: string,
  { kept = 3, fresh = 1, path = "/" }: { readonly kept?: number; readonly fresh?: number; readonly path?: string } = {},
): Traffic {
  const failures: string[] = [];
  const stopping = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: kept });
  let answered = 0;
  const loop = async (how: Agent | false): Promise<void> => {
    while (!stopping.signal.aborted) {
      const problem = await once({ host: "127.0.0.1", port, path, headers: { host } }, how);
      answered += 1;
      if (problem !== undefined) failures.push(problem);
      await wait(pauseMs);
    }
  };
  const loops = [
    ...Array.from({ length: kept }, () => loop(agent)),
    ...Array.from({ length: fresh }, () => loop(false)),
  ];
  return {
    answered: () => answered,
    failures: () => failures,
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      agent.destroy();
    },
  };
}

/** Undefined when the answer is 200, else what happened. */
function once(target: RequestOptions, agent: Agent | false): Promise<string | undefined> {
  return new Promise((resolve) => {
    const kind = agent === false ? "new connection" : "kept connection";
    const sent = request({ ...target, agent }, (response) => {
      response.on("error", (error) => resolve(`${kind}: ${error.message}`));
      response.on("end", () => resolve(response.statusCode === 200 ? undefined : `${kind}: ${response.statusCode}`));
      response.resume();
    });
    sent.on("error", (error) => resolve(`${kind}: ${error.message}`));
    sent.end();
  });
}

import type { Collection, Entry, Group, InputCollection } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Listener } from "../../model/gateway.ts";
import { objectKey } from "../../model/source-object.ts";
import { socketKey } from "../../references/socket.ts";

/** Why a socket cannot be had, for people. */
export interface ListeningProblem {
  readonly message: string;
  readonly hint: string;
}

/** Sockets of the plan that proxies cannot have, and what is said about them on the objects that ask for them. */
export interface ListeningProblems {
  /** Everything that is wrong with sockets, by `objectKey`. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
  /** The sockets that somebody cannot have, by their key in the plan. */
  readonly sockets: Group<ReportedProblem>;
  /**
   * Says what is wrong with a socket, or that nothing is any more.
   * @param socket its key in the plan: `<proxy class>|<listener name>`.
   * @param reporter who found out; each speaks for itself.
   */
  report(socket: string, reporter: string, problem: ListeningProblem | undefined): void;
}

export interface ReportedProblem {
  readonly socket: string;
  readonly problem: ListeningProblem;
}

/** @param listeners those that have a place on a port, as in the plan. */
export function listeningProblems(graph: Graph, listeners: Collection<Listener>): ListeningProblems {
  const known: InputCollection<ReportedProblem> = graph.input("listening/problems");
  const bySocket = graph.group("listening/problems-by-socket", known, ({ socket }) => [socket]);
  const found = graph.derive<Listener, Diagnostic & { readonly object: Listener["origin"]["object"] }>(
    "listening/found",
    listeners,
    (listener, key, context) => {
      const [first] = context.group(bySocket, socketKey(listener));
      if (first === undefined) return [];
      const { message, hint } = first.value.problem;
      const { object } = listener.origin;
      return [[key, { ...diagnose("WR0504", listener.origin, message, hint), object }]];
    },
  );
  const byObject = graph.group("listening/found-by-object", found, ({ object }) => [objectKey(object)]);
  return {
    sockets: bySocket,
    diagnostics: graph.derive<readonly Entry<Diagnostic>[], readonly Diagnostic[]>(
      "listening/diagnostics",
      byObject,
      (list, key) => [[key, list.map(({ value }) => value)]],
    ),
    report: (socket, reporter, problem) =>
      graph.transaction(() => {
        const key = `${socket}|${reporter}`;
        if (problem === undefined) known.delete(key);
        else known.set(key, { socket, problem });
      }),
  };
}

import { hostname } from "node:os";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import type { Leadership } from "../../kubernetes/leader-election.ts";
import { refOf } from "../../model/source-object.ts";
import type { KubernetesSource } from "../../sources/kubernetes/options.ts";
import { EventPublisher } from "../../status/events/event-publisher.ts";
import type { RunningParts } from "../environment.ts";
import { eventSubjects } from "./event-subjects.ts";

/** What Events name as their reporter; `kubectl describe` shows it under "From". */
const CONTROLLER = "weir.dev/control-plane";

/**
 * Tells what is wrong with objects as Events on them, while this replica leads.
 * @returns what begins it, to be called once every source has synced, and itself returns what ends it.
 */
export function objectEvents(
  { configuration, pipeline, log }: RunningParts,
  client: KubernetesClient,
  source: KubernetesSource,
  leadership: Leadership,
): () => () => void {
  const events = new EventPublisher({
    client,
    clock: systemClock,
    reporter: { controller: CONTROLLER, instance: configuration.kubernetes.replicaName ?? hostname() },
    diagnostics: pipeline.diagnostics,
    alsoFollow: [pipeline.status],
    subjectOf: eventSubjects({
      pipeline,
      configuration,
      source: source.id,
      versionOf: (object) => source.current(refOf(object))?.resourceVersion,
    }),
    onProblem: (problem) => log.warn("an Event could not be written", { problem }),
  });
  return () => leadership.follow({ gained: (term) => events.start(term) });
}

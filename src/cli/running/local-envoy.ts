import type { Configuration } from "../../config/configuration.ts";
import type { Log } from "../../control-plane/log.ts";
import type { EnvoyBinary } from "../../dataplane/envoy-install.ts";
import { bindFailure } from "../../dataplane/envoy-log.ts";
import type { PortVerdict } from "../../dataplane/port-check.ts";
import { type EnvoyEvent, EnvoySupervisor } from "../../dataplane/supervise.ts";
import { envoyPlace } from "./envoy-place.ts";

export interface LocalEnvoyOptions {
  readonly configuration: Configuration;
  readonly envoy: EnvoyBinary;
  /** Whose configuration it runs: the class of proxies. */
  readonly proxyClass: string;
  readonly log: Log;
  /** Access log lines, where they go to standard output. */
  readonly onOutput: (line: string) => void;
  /** Told of a port that Envoy cannot have, in place of the log. */
  readonly onCannotListen?: (verdict: PortVerdict) => void;
}

/** An Envoy of this machine, under supervision. It outlives a control plane that dies, and the next one takes it over. */
export function localEnvoy(options: LocalEnvoyOptions): EnvoySupervisor {
  const { configuration, envoy, proxyClass, log, onOutput } = options;
  const { stateDirectory, xdsSocket } = configuration;
  const { concurrency, logLevel, metricsPort, readyPort } = configuration.envoy;
  const { folder, adminSocket, nodeId } = envoyPlace(stateDirectory, proxyClass);
  const loopback = (port: number) => ({ address: "127.0.0.1", port });
  const unbound = new Set<string>();
  /** Weir has Envoy try again and again to listen where it cannot. */
  const isKnown = (text: string): boolean => {
    const isRepeated = unbound.has(text);
    if (bindFailure(text) !== undefined) unbound.add(text);
    return isRepeated;
  };
  return new EnvoySupervisor({
    envoy,
    folder,
    lifetime: "beyond-weir",
    logLevel,
    onOutput,
    onEvent: (event) => {
      if (event.kind === "cannot-listen" && options.onCannotListen !== undefined) options.onCannotListen(event);
      else tell(event, log);
    },
    onLog: ({ level, text }) => {
      if ((level === "error" || level === "critical") && !isKnown(text)) log.error("Envoy says", { text });
      else log.debug("Envoy says", { text });
    },
    bootstrap: {
      node: { id: nodeId, cluster: proxyClass },
      controlPlane: { kind: "unix", path: xdsSocket },
      admin: { kind: "unix", path: adminSocket },
      ...(metricsPort === undefined ? {} : { metrics: loopback(metricsPort) }),
      ...(readyPort === undefined ? {} : { ready: loopback(readyPort) }),
    },
    ...(concurrency === undefined ? {} : { concurrency }),
  });
}

function tell(event: EnvoyEvent, log: Log): void {
  switch (event.kind) {
    case "started":
      log.info(event.adopted ? "took over the Envoy that was running" : "Envoy started", { pid: event.pid });
      return;
    case "replaced":
      log.info("stopped the Envoy of an earlier Weir, which ran differently", { pid: event.pid });
      return;
    case "exited":
      log.error("Envoy ended and is started again", {
        pid: event.pid,
        exit: event.exit,
        inMs: event.restartInMs,
        lastLines: event.lastLines,
      });
      return;
    case "restart-failed":
      log.error("Envoy could not be started again", { reason: event.message, inMs: event.restartInMs });
      return;
    case "cannot-listen":
      log.error(`WR0504 ${event.message}`, { address: event.address, hint: event.hint });
  }
}

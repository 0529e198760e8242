import { once } from "node:events";
import { join } from "node:path";
import type { Configuration } from "../../config/configuration.ts";
import { StartInterrupted } from "../../control-plane/interruption.ts";
import { SHARED_CLASS } from "../../control-plane/proxy-classes.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { configurationFor } from "../configuration.ts";
import { AnnotatedBackends } from "../demo/annotated-backends.ts";
import { HostedBackendSet } from "../demo/hosted-backend-set.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderAccessLine } from "../output/access-line.ts";
import { createStyle, type Style, wantsColours } from "../output/style.ts";
import { programName } from "../program-name.ts";
import { type ControlPlaneProcess, startControlPlane } from "../running/control-plane-process.ts";
import { runningEnvoy } from "../running/envoy-place.ts";
import { fileFlags } from "../running/file-flags.ts";
import { installedEnvoy } from "../running/installed-envoy.ts";
import { localEnvoy } from "../running/local-envoy.ts";
import { openLog } from "../running/log.ts";
import { PortWatch } from "../running/port-watch.ts";
import { startProblem } from "../running/start-problems.ts";
import { renderThingToTry, thingsToTry } from "../running/things-to-try.ts";
import type { Terminal } from "../terminal.ts";

/** Ports below 1024 need privilege on most systems. */
const defaults = new Map([["ports", "80=8080,443=8443"]]);

export const run: RunCommand = async (invocation) => {
  const { terminal } = invocation;
  const flags = fileFlags(invocation);
  const configuration = await configurationFor(invocation, { development: true, defaults, flags });
  if (configuration.proxyClasses !== "shared") {
    throw new CliError(
      "weir up runs one Envoy for all gateways",
      "with gateway.proxies: per-gateway, use `weir cp` and a `weir dp` for each gateway",
      exitCodes.usage,
    );
  }
  if (configuration.kubernetes.enabled) {
    throw new CliError(
      "weir up runs everything on this machine",
      "use `weir cp --kubernetes` for a cluster, whose Gateways get proxies there",
      exitCodes.usage,
    );
  }
  try {
    await runEverything(configuration, terminal);
  } catch (error) {
    if (!(error instanceof StartInterrupted)) throw startProblem(error);
  }
  return exitCodes.ok;
};

async function runEverything(configuration: Configuration, terminal: Terminal): Promise<void> {
  const { interrupted, output } = terminal;
  const style = createStyle(wantsColours(output, terminal.environment));
  const log = openLog(configuration, terminal);
  let authorityFile: string | undefined;
  let madeAuthority = false;
  await using cleanup = new AsyncDisposableStack();

  const process = await startControlPlane({
    configuration,
    log,
    now: terminal.now,
    interrupted,
    onCertificate: (secret, names, ca) => {
      authorityFile = ca.certificateFile;
      madeAuthority ||= ca.created;
      log.debug("made a development certificate", { secret, names });
    },
  });
  cleanup.defer(() => process.close());
  const { controlPlane } = process;
  if (configuration.development.demoBackends) {
    const slices = controlPlane.pipeline.intake.objects({ group: "discovery.k8s.io", kind: "EndpointSlice" });
    const hosted = new HostedBackendSet(join(configuration.stateDirectory, "demo.sock"));
    const backends = new AnnotatedBackends(slices, hosted, (message) => log.error(message));
    cleanup.defer(() => backends.close());
    await backends.reconcile();
  }

  const envoy = await installedEnvoy(configuration, terminal);
  const supervisor = localEnvoy({
    configuration,
    envoy,
    proxyClass: SHARED_CLASS,
    log,
    onCannotListen: (verdict) => portWatch.tell(verdict),
    onOutput: (line) => output.write(`${(output.isTerminal ? renderAccessLine(line, style) : undefined) ?? line}\n`),
  });
  const left = await runningEnvoy(configuration.stateDirectory, SHARED_CLASS);
  const portWatch = new PortWatch({
    ports: controlPlane.pipeline.plan.ports,
    retried: controlPlane.pipeline.listening.sockets,
    envoyPid: () => supervisor.pid ?? left?.pid,
    log,
  });
  if (interrupted.aborted) return;
  cleanup.defer(() => portWatch.close());
  await portWatch.start();
  await supervisor.start();
  cleanup.defer(() => supervisor.stop());
  const ready = await supervisor.waitReady(interrupted).then(
    () => true,
    () => false,
  );
  if (ready) {
    output.write(
      greeting(process, envoy.version, {
        weir: programName(terminal),
        authorityFile,
        madeAuthority,
        style,
        configuration,
        portWatch,
      }),
    );
    if (!interrupted.aborted) await once(interrupted, "abort");
  }
  output.write("stopping\n");
}

interface Greeting {
  /** How this program is called. */
  readonly weir: string;
  readonly authorityFile: string | undefined;
  readonly madeAuthority: boolean;
  readonly style: Style;
  readonly configuration: Configuration;
  readonly portWatch: PortWatch;
}

function greeting({ controlPlane, api }: ControlPlaneProcess, envoyVersion: string, about: Greeting): string {
  const { weir, style, configuration, authorityFile } = about;
  const { problems } = about.portWatch;
  const ports = [...controlPlane.pipeline.plan.ports.entries()].filter(([key]) => !problems.has(key));
  const listening = [...new Set(ports.map(([, { bindPort }]) => bindPort))].toSorted((a, b) => a - b);
  const things = thingsToTry(controlPlane.pipeline.plan).filter(({ port }) => listening.includes(port));
  const files = configuration.sources.files.join(", ");
  const lines = [
    ...(listening.length > 0 || problems.size === 0 ? [style.strong(headline(listening))] : []),
    ...[...problems.values()].map(({ message, hint }) => `${style.bad(`Not served: ${message}.`)} ${hint}`),
    `  Envoy ${envoyVersion}, API ${api.url}, state in ${configuration.stateDirectory}`,
    ...(files === "" ? [] : [`  follows ${files}`]),
    ...(things.length === 0 ? [] : ["", style.strong("Try:")]),
    ...things.map((thing) => `  ${renderThingToTry(thing, weir, authorityFile)}`),
    ...(things[0] === undefined
      ? []
      : [`  ${weir} explain GET ${things[0].scheme}://${things[0].host}${things[0].path}`]),
    ...(about.madeAuthority
      ? ["", `A certificate authority for development was made; "${weir} dev ca" tells how to make browsers trust it.`]
      : []),
    "",
    "Ctrl-C stops everything.",
  ];
  return `${lines.join("\n")}\n`;
}

function headline(ports: readonly number[]): string {
  if (ports.length === 0) return "Weir runs; no Gateway or Ingress opens a port yet.";
  return `Weir serves on ${ports.length === 1 ? "port" : "ports"} ${ports.join(" and ")}.`;
}

import { once } from "node:events";
import { join } from "node:path";
import { StartInterrupted } from "../../control-plane/interruption.ts";
import type { Invocation, RunCommand } from "../command.ts";
import { configurationFor } from "../configuration.ts";
import { AnnotatedBackends } from "../demo/annotated-backends.ts";
import { HostedBackendSet } from "../demo/hosted-backend-set.ts";
import { exitCodes } from "../exit-codes.ts";
import { controlPlane as options } from "../options.ts";
import { startControlPlane } from "../running/control-plane-process.ts";
import { fileFlags } from "../running/file-flags.ts";
import { openLog } from "../running/log.ts";
import { startProblem } from "../running/start-problems.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal } = invocation;
  const configuration = await configurationFor(invocation, { development: false, flags: flagsOf(invocation) });
  const log = openLog(configuration, terminal);
  try {
    await using cleanup = new AsyncDisposableStack();
    const process = await startControlPlane({
      configuration,
      log,
      now: terminal.now,
      interrupted: terminal.interrupted,
      onCertificate: (secret, names) => log.info("made a development certificate", { secret, names }),
    });
    cleanup.defer(() => process.close());
    const { controlPlane, api } = process;
    if (configuration.development.demoBackends) {
      const slices = controlPlane.pipeline.intake.objects({ group: "discovery.k8s.io", kind: "EndpointSlice" });
      const hosted = new HostedBackendSet(join(configuration.stateDirectory, "demo.sock"));
      const backends = new AnnotatedBackends(slices, hosted, (message) => log.error(message));
      cleanup.defer(() => backends.close());
      await backends.reconcile();
    }
    log.info("the control plane runs", { api: api.url, socket: configuration.xdsSocket });
    if (!terminal.interrupted.aborted) await once(terminal.interrupted, "abort");
    log.info("stopping");
  } catch (error) {
    if (!(error instanceof StartInterrupted)) throw startProblem(error);
  }
  return exitCodes.ok;
};

/** `--kubernetes` is a setting by its shorter name. */
function flagsOf(invocation: Invocation): ReadonlyMap<string, string> {
  const files = fileFlags(invocation);
  return invocation.value(options.kubernetes) ? new Map([...files, ["kubernetes-enabled", "true"]]) : files;
}

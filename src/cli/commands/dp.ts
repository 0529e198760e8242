import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { SHARED_CLASS } from "../../control-plane/proxy-classes.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { configurationFor } from "../configuration.ts";
import { exitCodes } from "../exit-codes.ts";
import { dataplane } from "../options.ts";
import { installedEnvoy } from "../running/installed-envoy.ts";
import { localEnvoy } from "../running/local-envoy.ts";
import { openLog } from "../running/log.ts";
import { startProblem } from "../running/start-problems.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const configuration = await configurationFor(invocation, { development: false });
  const gateway = value(dataplane.gateway);
  if (gateway !== undefined && !/^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(gateway)) {
    throw new CliError(`not namespace/name: ${gateway}`, undefined, exitCodes.usage);
  }
  const log = openLog(configuration, terminal);
  const { xdsSocket, stateDirectory } = configuration;
  if (!existsSync(xdsSocket)) {
    log.warn("there is no control plane yet; Envoy takes no traffic before there is one", { socket: xdsSocket });
  }
  try {
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const supervisor = localEnvoy({
      configuration,
      envoy: await installedEnvoy(configuration, terminal),
      proxyClass: gateway ?? SHARED_CLASS,
      log,
      onOutput: (line) => terminal.output.write(`${line}\n`),
    });
    await supervisor.start();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => supervisor.stop());
    const ready = await supervisor.waitReady(terminal.interrupted).then(
      () => true,
      () => false,
    );
    if (ready) {
      log.info("the proxy takes traffic");
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, "abort");
    }
    log.info("stopping");
  } catch (error) {
    throw startProblem(error);
  }
  return exitCodes.ok;
};

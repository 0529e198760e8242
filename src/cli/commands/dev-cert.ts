import { certificateSecret } from "../../identity/certificate-secret.ts";
import { ensureDevelopmentCa } from "../../identity/development-ca.ts";
import { isCertificateName, issueServerCertificate } from "../../identity/server-certificate.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { configurationFor } from "../configuration.ts";
import { asCliError } from "../development/authority-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { certificate } from "../options.ts";
import { renderData } from "../output/data.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value, arguments: names } = invocation;
  const wrong = names.find((name) => !isCertificateName(name));
  if (wrong !== undefined) {
    throw new CliError(`no host name or address: ${JSON.stringify(wrong)}`, undefined, exitCodes.usage);
  }
  const [namespace, name, ...rest] = (value(certificate.secret) ?? "default/development-tls").split("/");
  if (namespace === undefined || name === undefined || name === "" || namespace === "" || rest.length > 0) {
    throw new CliError("--secret is to be namespace/name", undefined, exitCodes.usage);
  }
  const { development } = await configurationFor(invocation, { development: true });
  const now = terminal.now();
  const ca = await ensureDevelopmentCa(development.directory, now).catch(asCliError);
  const issued = await issueServerCertificate(ca, names, now);
  if (terminal.output.isTerminal) {
    terminal.errors.write(
      "The Secret holds a private key; it usually goes into a file: weir dev cert ... > secret.yaml\n",
    );
  }
  terminal.output.write(await renderData("yaml", certificateSecret(namespace, name, issued)));
  return exitCodes.ok;
};

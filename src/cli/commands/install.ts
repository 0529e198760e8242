import { defaultMemoryLimit, installation } from "../../provision/install/installation.ts";
import { version } from "../../version.ts";
import type { RunCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { install } from "../options.ts";
import { renderData } from "../output/data.ts";

export const run: RunCommand = async ({ terminal, value }) => {
  const { customResources, namespace, objects } = installation({
    namespace: value(install.namespace) ?? "weir-system",
    image: value(install.image) ?? `weir/weir:${version}`,
    replicas: value(install.replicas),
    memoryLimit: value(install.memoryLimit) ?? defaultMemoryLimit,
  });
  const documents = [...customResources, namespace, ...objects].map((object) => renderData("yaml", object));
  terminal.output.write((await Promise.all(documents)).join("---\n"));
  return exitCodes.ok;
};

import { listAt, textAt } from "../../model/json.ts";
import { ApiError } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pathOf, servedKinds, shortRef } from "../objects/kinds.ts";
import { type Selection, selectionOf } from "../objects/selection.ts";
import { apply, common } from "../options.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const kinds = await servedKinds(client);
  const selector = value(common.selector);
  const dryRun = value(apply.dryRun);
  const selections = await selectionOf(invocation, kinds, { files: value(common.files), allNamespaces: false });
  const named: Selection[] = [];
  for (const selection of selections) {
    if (selection.name !== undefined) {
      named.push(selection);
      continue;
    }
    if (selector === undefined) {
      throw new CliError("say which objects", "give names, or labels with -l", exitCodes.usage);
    }
    const path = pathOf(selection.kind, selection.namespace);
    const list = await client.send({ method: "GET", path, query: { labelSelector: selector } });
    const names = listAt(list, "items").flatMap((item) => textAt(item, "metadata", "name") ?? []);
    named.push(...names.map((name) => ({ ...selection, name })));
  }
  let refused = 0;
  for (const { kind, namespace, name = "" } of named) {
    const query = dryRun ? { dryRun: "All" } : {};
    try {
      await client.send({ method: "DELETE", path: pathOf(kind, namespace, name), query });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused += 1;
      terminal.errors.write(`error: ${error.message}\n`);
      continue;
    }
    const line = `${shortRef(kind, name)}${value(common.objectOutput) === "name" ? "" : ` deleted${dryRun ? " (dry run)" : ""}`}`;
    terminal.output.write(`${line}\n`);
  }
  if (named.length === 0) terminal.errors.write("no objects found\n");
  return refused === 0 ? exitCodes.ok : exitCodes.failed;
};

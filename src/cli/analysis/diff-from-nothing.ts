import { compare } from "../../control-plane/diff/compare.ts";
import type { DiffQuestion } from "../../control-plane/diff/messages.ts";
import type { FileText } from "../../control-plane/files-in-memory.ts";
import type { Json } from "../../model/source-object.ts";
import type { Invocation } from "../command.ts";
import { configurationFor } from "../configuration.ts";

/** What files would bring about where nothing runs, in the form in which a running Weir answers. */
export async function diffFromNothing(
  invocation: Invocation,
  texts: readonly FileText[],
  style: DiffQuestion["style"],
): Promise<Json> {
  const configuration = await configurationFor(invocation, { development: true });
  const question = { texts, configuration, now: invocation.terminal.now(), style };
  return JSON.parse(await compare(question, [], async (provenances) => provenances.map(() => undefined)));
}

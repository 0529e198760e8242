import { setTimeout as wait } from "node:timers/promises";
import { isObject, listAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { type ApiClient, ApiError } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pathOf, type ServedKind, servedKinds } from "../objects/kinds.ts";
import { listObjects } from "../objects/list-objects.ts";
import { renderObjects, renderServerTable } from "../objects/render-objects.ts";
import { type Selection, selectionOf } from "../objects/selection.ts";
import { common } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** A server that ends watches at once must not be asked without pause. */
const pauseBetweenWatchesMs = 200;

const tableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

interface View {
  readonly terminal: Terminal;
  readonly client: ApiClient;
  readonly kinds: readonly ServedKind[];
  readonly wide: boolean;
  readonly allNamespaces: boolean;
  readonly selector: string | undefined;
}

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const kinds = await servedKinds(client);
  const allNamespaces = value(common.allNamespaces);
  const selections = await selectionOf(invocation, kinds, { files: value(common.files), allNamespaces });
  const format = value(common.objectOutput);
  const selector = value(common.selector);
  const view: View = { terminal, client, kinds, wide: format === "wide", allNamespaces, selector };
  if (value(common.watch)) return watchOne(selections, view);
  return format === undefined || format === "wide" ? showTables(selections, view) : showData(selections, format, view);
};

async function showTables(selections: readonly Selection[], view: View) {
  const { terminal } = view;
  const severalKinds = new Set(selections.map(({ kind }) => kind)).size > 1;
  let failed = false;
  let shown = 0;
  for (const [kind, ofKind] of Map.groupBy(selections, (selection) => selection.kind)) {
    const tables: Json[] = [];
    for (const selection of ofKind) {
      try {
        tables.push(await fetchTable(selection, view));
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        failed = true;
        terminal.errors.write(`error: ${error.message}\n`);
      }
    }
    const text = renderServerTable(joinTables(tables), {
      wide: view.wide,
      withNamespace: view.allNamespaces && kind.namespaced,
      prefix: severalKinds ? `${kind.singular}/` : "",
      withTitles: true,
    });
    if (text === "") continue;
    terminal.output.write(shown++ === 0 ? text : `\n${text}`);
  }
  if (shown === 0 && !failed) terminal.errors.write(`${nothingFound(selections)}\n`);
  return failed ? exitCodes.failed : exitCodes.ok;
}

function fetchTable({ kind, namespace, name }: Selection, { client, selector }: View): Promise<Json> {
  const query = name === undefined ? { labelSelector: selector } : {};
  return client.send({ method: "GET", path: pathOf(kind, namespace, name), query, accept: tableType });
}

function joinTables(tables: readonly Json[]): Json {
  const [first] = tables;
  return isObject(first) ? { ...first, rows: tables.flatMap((table) => listAt(table, "rows")) } : null;
}

function nothingFound(selections: readonly Selection[]): string {
  const kinds = [...new Set(selections.map(({ kind }) => kind.plural))].join(", ");
  const [first] = selections;
  const where =
    first?.kind.namespaced === true && first.namespace !== undefined ? ` in namespace ${first.namespace}` : "";
  return `no ${kinds} found${where}`;
}

async function showData(selections: readonly Selection[], format: "json" | "yaml" | "name", view: View) {
  const objects = await listObjects(view.client, selections, view.selector);
  const asList = selections.length !== 1 || selections[0]?.name === undefined;
  view.terminal.output.write(await renderObjects(format, objects, view.kinds, asList));
  return exitCodes.ok;
}

/** Shows the objects there are, then each change as it comes, until Ctrl-C. */
async function watchOne(selections: readonly Selection[], view: View) {
  const [selection, another] = selections;
  if (selection === undefined || another !== undefined) {
    throw new CliError("only one kind or one object can be watched at a time", undefined, exitCodes.usage);
  }
  const { terminal, client } = view;
  const { kind, namespace, name } = selection;
  let withTitles = true;
  const show = (table: Json): void => {
    const withNamespace = view.allNamespaces && kind.namespaced;
    const text = renderServerTable(table, { wide: view.wide, withNamespace, prefix: "", withTitles });
    if (text !== "") withTitles = false;
    terminal.output.write(text);
  };
  const query = {
    labelSelector: view.selector,
    ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
  };
  const path = pathOf(kind, namespace);
  let since: string | undefined;
  while (!terminal.interrupted.aborted) {
    if (since === undefined) {
      const list = await client.send({ method: "GET", path, query, accept: tableType });
      show(list);
      since = textAt(list, "metadata", "resourceVersion");
    }
    const request = { method: "GET", path, query: { ...query, resourceVersion: since }, accept: tableType } as const;
    for await (const { type, object } of client.watch(request, terminal.interrupted)) {
      // An expired position is no error: the list is shown again and the watch goes on from there.
      if (type === "ERROR") {
        since = undefined;
        break;
      }
      since = versionOf(object) ?? since;
      if (type !== "BOOKMARK") show(object);
    }
    await pause(pauseBetweenWatchesMs, terminal.interrupted);
  }
  return exitCodes.ok;
}

/** The position of an event in the history: of the Table, else of its last row. */
function versionOf(table: Json): string | undefined {
  const rows = listAt(table, "rows");
  return textAt(table, "metadata", "resourceVersion") ?? textAt(rows.at(-1), "object", "metadata", "resourceVersion");
}

/** Resolves early, and without an error, when the person wants to leave. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

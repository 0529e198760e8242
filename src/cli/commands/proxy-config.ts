import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { common } from "../options.ts";
import { renderData } from "../output/data.ts";
import { createStyle, type Style, wantsColours } from "../output/style.ts";
import { renderTable } from "../output/table.ts";
import { chooseProxy, proxyPath } from "../proxies.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const node = await chooseProxy(client, invocation.arguments[0]);
  const [resources, origins] = await Promise.all([
    client.send({ method: "GET", path: proxyPath(node, "config") }),
    client.send({ method: "GET", path: "/weir/v1/origins" }),
  ]);
  const format = value(common.output);
  if (format !== undefined) {
    terminal.output.write(await renderData(format, { node, resources, origins }));
    return exitCodes.ok;
  }
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  const rows = listAt(resources).flatMap((resource) => rowsOf(resource, origins, style));
  terminal.output.write(renderTable(["Type", "Name", "State", "Origin"], rows));
  return exitCodes.ok;
};

/** One row for a resource; of a route table also one for each host and each rule, in the order in which the proxy tries them. */
function rowsOf(resource: Json, origins: Json, style: Style): readonly (readonly string[])[] {
  const type = textAt(resource, "type") ?? "";
  const name = textAt(resource, "name") ?? "";
  const state = paintState(textAt(resource, "state") ?? "", style);
  const groups: Readonly<Record<string, string>> = { cluster: "clusters", secret: "secrets" };
  const head = [type, style.name(name), state, originOf(origins, groups[type] ?? "", name)];
  if (type !== "route") return [head];
  const hosts = listAt(resource, "resource", "virtual_hosts").flatMap((host) => {
    const rules = new Set(listAt(host, "routes").flatMap((route) => textAt(route, "name") ?? []));
    return [
      [
        "",
        `  ${listAt(host, "domains")
          .filter((domain) => typeof domain === "string")
          .join(", ")}`,
        "",
        "",
      ],
      ...[...rules].map((rule) => ["", `    ${rule}`, "", originOf(origins, "rules", rule)]),
    ];
  });
  return [head, ...hosts];
}

function paintState(state: string, style: Style): string {
  if (state === "acknowledged") return style.good(state);
  return state === "refused" ? style.bad(state) : style.warning(state);
}

function originOf(origins: Json, group: string, name: string): string {
  const origin = valueAt(origins, group, name);
  const file = textAt(origin, "position", "file");
  const object = textAt(origin, "object") ?? "";
  if (file === undefined) return object;
  return `${object}  ${file}:${numberAt(origin, "position", "line")}:${numberAt(origin, "position", "column")}`;
}

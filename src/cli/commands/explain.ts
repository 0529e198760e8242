import { explain as explainRequest } from "../../explain/explain.ts";
import type { ExplainRequest } from "../../explain/explanation.ts";
import { isStreamUrl } from "../../explain/stream.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { CliError } from "../cli-error.ts";
import type { Invocation, RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseHeaders } from "../header.ts";
import { common, explain } from "../options.ts";
import { renderData } from "../output/data.ts";
import { createStyle, wantsColours } from "../output/style.ts";

export const run: RunCommand = async (invocation) => {
  const request = requestOf(invocation);
  const files = invocation.value(common.files);
  const answer =
    files.length === 0 ? await askRunning(invocation, request) : await lookAtFiles(invocation, request, files);
  const format = invocation.value(common.output);
  invocation.terminal.output.write(format === undefined ? answer.text : await renderData(format, answer.json));
  return listAt(answer.json, "outcomes").some(isServed) ? exitCodes.ok : exitCodes.failed;
};

/** Whether some rule decides, whatever it says: otherwise nothing of what people wrote serves the request. */
function isServed(outcome: Json): boolean {
  return textAt(outcome, "rule", "key") !== undefined;
}

interface Answer {
  readonly text: string;
  readonly json: Json;
}

function requestOf({ arguments: words, value }: Invocation): ExplainRequest {
  const [first = "GET", second = ""] = words;
  const [method, url] = isStreamUrl(first) ? ["", first] : [first, second];
  if (!/^https?:\/\//i.test(url) && !isStreamUrl(url)) {
    const hint =
      "write it as https://host/path, or ask about a connection with tls://host:port, tcp://host:port or udp://host:port";
    throw new CliError(`not a URL: ${JSON.stringify(url)}`, hint, exitCodes.usage);
  }
  const proxyClass = value(explain.gateway);
  const serverName = value(explain.sni);
  return {
    method,
    url,
    headers: parseHeaders(value(explain.header)).map(([name, text]) => ({ name, value: text })),
    clientAddress: value(explain.clientIp) ?? "127.0.0.1",
    ...(proxyClass === undefined ? {} : { proxyClass }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

async function askRunning(invocation: Invocation, request: ExplainRequest): Promise<Answer> {
  const { terminal } = invocation;
  const client = await connect(invocation);
  const body = { ...request, headers: request.headers.map((header) => ({ ...header })) };
  const style = wantsColours(terminal.output, terminal.environment) ? "terminal" : "plain";
  const answer = await client.send({ method: "POST", path: "/weir/v1/explain", query: { style }, body });
  return { text: textAt(answer, "text") ?? "", json: valueAt(answer, "explanation") ?? null };
}

async function lookAtFiles(invocation: Invocation, request: ExplainRequest, paths: readonly string[]): Promise<Answer> {
  const { terminal } = invocation;
  const { passOverFiles } = await import("../analysis/pass-over-files.ts");
  const { explainHuman } = await import("../../explain/render.ts");
  const { withPositions } = await import("../../control-plane/with-positions.ts");
  const { pipeline, files } = await passOverFiles(invocation, paths);
  const explanation = explainRequest(pipeline, request);
  const style = createStyle(wantsColours(terminal.output, terminal.environment));
  return { text: explainHuman(explanation, files.locate, style), json: withPositions(explanation, files.locate) };
}

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CliError } from "../cli-error.ts";
import type { Invocation, RunCommand } from "../command.ts";
import { callEcho, type EchoResult } from "../demo/grpc-call.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseHeaders } from "../header.ts";
import { common, demo, explain } from "../options.ts";
import { renderData } from "../output/data.ts";

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const [url = "", message = "hello"] = invocation.arguments;
  const origin = originOf(url);
  const address = value(demo.resolve);
  const authorities = await readAuthorities(invocation);
  const result = await callEcho({
    origin,
    message,
    ...(address === undefined ? {} : { address }),
    ...(authorities === undefined ? {} : { authorities }),
    headers: Object.fromEntries(parseHeaders(value(explain.header))),
    timeoutMs: value(demo.timeout),
  }).catch((error: unknown) => {
    throw new CliError(`no answer from ${origin}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const format = value(common.output);
  terminal.output.write(format === undefined ? render(result) : await renderData(format, result));
  return result.code === 0 ? exitCodes.ok : exitCodes.failed;
};

function originOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new CliError(`not a URL: ${JSON.stringify(url)}`, "write it as https://host:port", exitCodes.usage);
}

async function readAuthorities({ terminal, value }: Invocation): Promise<string | undefined> {
  const file = value(demo.caFile);
  if (file === undefined) return undefined;
  return readFile(resolve(terminal.workingDirectory, file), "utf8").catch(() => {
    throw new CliError(`cannot read ${file}`, "`weir dev ca` tells where the development authority is");
  });
}

function render(result: EchoResult): string {
  if (result.code === 0) return `${result.message}   (from ${result.service} ${result.version})\n`;
  if (result.code === undefined) return `HTTP ${result.httpStatus}, not a gRPC answer\n`;
  return `gRPC status ${result.code}${result.details === "" ? "" : `: ${result.details}`}\n`;
}

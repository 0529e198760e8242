import { isIP } from "node:net";
import type { HeaderValue } from "../model/step.ts";
import type { ExplainRequest, Explanation } from "./explanation.ts";
import { joinHeaderLines } from "./header-lines.ts";

export interface ParsedRequest {
  readonly about: Explanation["request"] & { readonly scheme: "http" | "https" };
  /** Whether the port was said rather than implied by the scheme. */
  readonly portIsWritten: boolean;
  /** As sent, without query. */
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
  readonly headers: readonly HeaderValue[];
}

/** The request in parts, or what is wrong with it. The path is kept as written: what becomes of it is part of the answer. */
export function parseRequest(request: ExplainRequest): ParsedRequest | { readonly problem: string } {
  const match = /^(https?):\/\/([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(request.url);
  if (match === null) return { problem: `${JSON.stringify(request.url)} is no absolute http or https URL` };
  const [, writtenScheme = "", written = "", writtenPath = "", query = ""] = match;
  const scheme = writtenScheme.toLowerCase() === "https" ? "https" : "http";
  const target = splitAuthority(written.slice(written.lastIndexOf("@") + 1));
  if (target === undefined) return { problem: `${JSON.stringify(written)} is no host with an optional port` };
  const override = request.headers.find(({ name }) => isHost(name))?.value;
  const authority = (override ?? target.authority).replace(/\.(?=$|:\d+$)/, "");
  if (splitAuthority(authority) === undefined) return { problem: `${JSON.stringify(authority)} is no host` };
  const serverName = request.serverName ?? (isIP(target.host.replace(/[[\]]/g, "")) === 0 ? target.host : undefined);
  const about = {
    method: request.method.toUpperCase(),
    url: request.url,
    scheme,
    authority,
    port: request.port ?? target.port ?? (scheme === "https" ? 443 : 80),
    ...(scheme === "https" && serverName !== undefined ? { serverName: serverName.toLowerCase() } : {}),
  } as const;
  return {
    about,
    portIsWritten: request.port !== undefined || target.port !== undefined,
    path: writtenPath === "" ? "/" : writtenPath,
    query,
    headers: joinHeaderLines(
      request.headers
        .filter(({ name }) => !isHost(name))
        .map(({ name, value }) => ({ name: name.toLowerCase(), value: value.trim() })),
    ),
  };
}

/** The host of an authority, lower case and without its port. */
export function hostOf(authority: string): string {
  return splitAuthority(authority)?.host ?? authority.toLowerCase();
}

function splitAuthority(
  text: string,
): { readonly authority: string; readonly host: string; readonly port?: number } | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined) return undefined;
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return port === undefined ? { authority: text, host } : { authority: text, host, port };
}

function isHost(name: string): boolean {
  return name.toLowerCase() === "host" || name === ":authority";
}

import type { PlanCollections, PlannedRule, PortPlan } from "../../compile/plan.ts";
import type { PathMatch } from "../../model/match.ts";
import { demoService } from "../demo/grpc-messages.ts";

/** A request that a person can send to what runs. */
export interface ThingToTry {
  readonly host: string;
  readonly scheme: "http" | "https";
  /** The port that is bound. */
  readonly port: number;
  readonly path: string;
  readonly kind: "http" | "demo-grpc";
}

/** One request for each exact host, over HTTPS where it can be had: to the first rule that a plain GET can reach. */
export function thingsToTry({ ports, hosts }: Pick<PlanCollections, "ports" | "hosts">): readonly ThingToTry[] {
  const found = new Map<string, ThingToTry>();
  const sorted = Array.from(ports.entries(), ([, port]) => port).toSorted((a, b) => a.bindPort - b.bindPort);
  for (const port of sorted) {
    for (const { table, scheme } of tablesOf(port)) {
      for (const [, host] of hosts.entries()) {
        if (host.proxyClass !== port.proxyClass || host.table !== table || host.domain.startsWith("*")) continue;
        const request = firstRequest(host.rules.map(({ value }) => value));
        const known = found.get(host.domain);
        if (request === undefined || (known !== undefined && known.scheme === "https")) continue;
        found.set(host.domain, { ...request, host: host.domain, scheme, port: port.bindPort });
      }
    }
  }
  return [...found.values()].toSorted((a, b) => (a.host < b.host ? -1 : 1));
}

function tablesOf({ chains }: PortPlan): readonly { readonly table: string; readonly scheme: "http" | "https" }[] {
  return chains.map(({ table, tls }) => ({ table, scheme: tls === undefined ? "http" : "https" }));
}

function firstRequest(rules: readonly PlannedRule[]): Pick<ThingToTry, "path" | "kind"> | undefined {
  for (const { rule, alternatives } of rules) {
    if (rule.end.kind !== "forward") continue;
    for (const { path, terms } of alternatives) {
      const written = pathOf(path);
      if (rule.key.startsWith("grpcroute/")) {
        if (written?.startsWith(`/${demoService}`) === true) return { path: written, kind: "demo-grpc" };
      } else if (terms.length === 0 && written !== undefined) return { path: written, kind: "http" };
    }
  }
  return undefined;
}

function pathOf(path: PathMatch | undefined): string | undefined {
  if (path === undefined) return "/";
  return path.kind === "regex" ? undefined : path.value;
}

/** The command that sends it: works verbatim, whether or not the host's name resolves to this machine. */
export function renderThingToTry(thing: ThingToTry, weir: string, authorityFile: string | undefined): string {
  const { host, scheme, port, path, kind } = thing;
  const authority = scheme === "https" && authorityFile !== undefined ? ` --cacert ${quote(authorityFile)}` : "";
  if (kind === "demo-grpc")
    return `${weir} demo-call ${scheme}://${host}:${port} hello --resolve 127.0.0.1${authority}`;
  return `curl${authority} --resolve ${host}:${port}:127.0.0.1 ${quote(`${scheme}://${host}:${port}${path}`)}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

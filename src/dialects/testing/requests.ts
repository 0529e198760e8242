import { compile } from "../../compile/compile.ts";
import { joinDialects } from "../../compile/inputs.ts";
import { chainFor, hostFor } from "../../compile/lookup.ts";
import type { PlanCollections, PlannedRule } from "../../compile/plan.ts";
import { matchesPath, matchesValue } from "../../compile/predicates.ts";
import type { DialectOptions } from "../dialect.ts";
import { createRig, type DialectRig } from "./dialect-rig.ts";

export interface TestRequest {
  readonly scheme?: "http" | "https";
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** A rig with a plan behind it, so that requests can be asked about. */
export interface PlannedRig extends DialectRig {
  readonly plan: PlanCollections;
}

export function createPlannedRig(options: DialectOptions): PlannedRig {
  const rig = createRig(options);
  const outputs = [{ ...rig.core }, ...rig.outputs.values()];
  return { ...rig, plan: compile(rig.graph, joinDialects(rig.graph, outputs, rig.core, options.proxyClassOf)) };
}

/** The rule that a request gets on the port of its scheme: the first in its virtual host's order that matches. */
export function ruleFor({ plan }: PlannedRig, request: TestRequest): PlannedRule | undefined {
  const secure = request.scheme === "https";
  const ports = [...plan.ports.entries()].map(([, found]) => found).sort((a, b) => a.clientPort - b.clientPort);
  const port = ports.find(({ chains }) => chains.some(({ tls }) => tls !== undefined) === secure);
  const chain = port === undefined ? undefined : chainFor(port, secure ? request.host : undefined);
  if (port === undefined || chain === undefined) return undefined;
  const host = hostFor(plan.hosts, port.proxyClass, chain.table, request.host);
  return host?.rules.find(({ value }) => matches(value, request))?.value;
}

function matches(rule: PlannedRule, request: TestRequest): boolean {
  return rule.alternatives.some(
    ({ path, terms }) =>
      (path === undefined || matchesPath(path, request.path)) &&
      terms.every(({ predicate, negated }) => {
        switch (predicate.kind) {
          case "method":
            return (predicate.method === (request.method ?? "GET")) !== negated;
          case "header": {
            const value = predicate.name === ":authority" ? request.host : request.headers?.[predicate.name];
            return (value !== undefined && matchesValue(predicate.value, value)) !== negated;
          }
          case "query": {
            const value = request.query?.[predicate.name];
            return (value !== undefined && matchesValue(predicate.value, value)) !== negated;
          }
          default:
            throw new Error(`requests of these tests have no ${predicate.kind}`);
        }
      }),
  );
}

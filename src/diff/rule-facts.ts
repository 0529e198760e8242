import type { PlannedRule } from "../compile/plan.ts";
import { describeConjunction } from "../explain/match.ts";
import type { Forward, PathRewrite, Redirect, RuleEnd, WeightedBackend } from "../model/rule.ts";
import { describeBackend, percent } from "./describe.ts";
import { type Fact, fact, minorFact, numbered } from "./facts.ts";
import { words } from "./write-value.ts";

/** All that decides what a proxy does with the requests of a rule; its name and its place among others are told elsewhere. */
export function ruleFacts({ listener, entry, hosts, alternatives, steps, rule }: PlannedRule): readonly Fact[] {
  const { timeouts, retry, affinity, end } = rule;
  return numbered([
    fact("hosts", hosts),
    minorFact("listener", { listener, entry }, `${listener} (${entry.scheme}, port ${entry.port})`),
    fact("requests", alternatives, alternatives.map(describeConjunction).join(", or ")),
    ...steps.map(({ kind, ...content }) => fact(words(kind), content)),
    minorFact(
      "order of steps",
      steps.map(({ kind }) => kind),
    ),
    ...endFacts(end),
    ...Object.entries(timeouts).map(([name, ms]) => fact(`${words(name.replace(/Ms$/, ""))} timeout`, ms, `${ms} ms`)),
    ...(retry === undefined ? [] : [fact("retry", retry)]),
    ...(affinity === undefined ? [] : [fact("affinity", affinity)]),
  ]);
}

function endFacts(end: RuleEnd): readonly Fact[] {
  switch (end.kind) {
    case "forward":
      return forwardFacts(end);
    case "redirect":
      return [fact("answer", end, describeRedirect(end))];
    case "respond": {
      const body = end.body === undefined ? "" : ` ${JSON.stringify(end.body)}`;
      return [fact("answer", end, `status ${end.status}${body}`)];
    }
  }
}

function forwardFacts({ backends, upgrades, hostRewrite, pathRewrite }: Forward): readonly Fact[] {
  const targets = backends.map(({ weight, target }) => ({ weight, target }));
  const steps = backends.flatMap((backend) =>
    backend.steps.map(({ kind, ...content }) => fact(`${words(kind)} for ${describeTarget(backend)}`, content)),
  );
  return [
    fact("to", targets, describeTargets(backends)),
    ...steps,
    ...(upgrades.length === 0 ? [] : [minorFact("upgrades", upgrades)]),
    ...(hostRewrite === undefined ? [] : [fact("host rewrite", hostRewrite)]),
    ...(pathRewrite === undefined ? [] : [fact("path rewrite", pathRewrite, describeRewrite(pathRewrite))]),
  ];
}

function describeTargets(backends: readonly WeightedBackend[]): string {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return `${backends.map(describeTarget).join(", ")} (all with weight 0)`;
  const [only, another] = backends;
  if (only !== undefined && another === undefined) return describeTarget(only);
  return backends.map((backend) => `${describeTarget(backend)} (${percent(backend.weight / total)})`).join(", ");
}

function describeTarget({ target }: WeightedBackend): string {
  return target.kind === "backend" ? describeBackend(target.backend) : `status ${target.status}`;
}

function describeRedirect({ status, scheme, host, port, path }: Redirect): string {
  const parts = [
    ...(scheme === undefined ? [] : [`scheme ${scheme}`]),
    ...(host === undefined ? [] : [`host ${host}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(path === undefined ? [] : [`path ${describeRewrite(path)}`]),
  ];
  return `redirect ${status}${parts.length === 0 ? "" : ` to ${parts.join(", ")}`}`;
}

function describeRewrite(rewrite: PathRewrite): string {
  switch (rewrite.kind) {
    case "full":
      return rewrite.value;
    case "prefix":
      return `${rewrite.value} in place of the matched prefix`;
    case "regex":
      return `${rewrite.substitution} in place of ${rewrite.pattern}`;
  }
}

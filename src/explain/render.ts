import type { LocatePosition } from "../model/provenance.ts";
import type {
  BackendTlsTarget,
  Entry,
  Explanation,
  Outcome,
  PassedOver,
  RuleRef,
  StepOutcome,
  Target,
} from "./explanation.ts";
import { describeOrigin, type Styler } from "./styler.ts";

/** The width of the column of labels. */
const LABEL = 11;

/** An explanation for people; ends with a line break. */
export function explainHuman(explanation: Explanation, locate: LocatePosition, style: Styler): string {
  const { request, entry, host, outcomes, notes } = explanation;
  const lines = [style.strong(`${request.method} ${request.url}`.trim()), ""];
  for (const note of notes) lines.push(field("note", style.warning(note), style));
  if (entry !== undefined) lines.push(...renderEntry(entry, style));
  if (host !== undefined) {
    const rules = `${host.rules} ${host.rules === 1 ? "rule" : "rules"}`;
    const chosen = host.domain === undefined ? style.bad("none fits") : `${host.domain}  ${style.faint(rules)}`;
    lines.push(field("host", chosen, style));
  }
  for (const outcome of outcomes) lines.push(...renderOutcome(outcome, outcomes.length > 1, locate, style));
  lines.push(...renderPassedOver(explanation, locate, style));
  return `${lines.join("\n")}\n`;
}

function field(label: string, value: string, style: Styler): string {
  return `${style.faint(label.padEnd(LABEL))}${value}`;
}

function more(value: string): string {
  return `${" ".repeat(LABEL)}${value}`;
}

function renderEntry(entry: Entry, style: Styler): string[] {
  const certificates = entry.certificates.length === 0 ? "" : `  certificate ${entry.certificates.join(", ")}`;
  const lines = [
    field("port", `${style.name(entry.port)}  ${style.faint(entry.proxyClass)}`, style),
    field("chain", `${entry.chain}${certificates}`, style),
    field("client", `${entry.clientAddress.address}  ${style.faint(entry.clientAddress.because)}`, style),
  ];
  if (entry.clientCertificate !== undefined) {
    const { mode, trust } = entry.clientCertificate;
    const demand = mode === "required" ? "must have a certificate from" : "may have a certificate from";
    lines.push(more(style.warning(`${demand} ${trust}`)));
  }
  for (const change of entry.pathChanges)
    lines.push(field("path", `${change.path}  ${style.faint(change.what)}`, style));
  return lines;
}

function renderOutcome(outcome: Outcome, isOneOfSeveral: boolean, locate: LocatePosition, style: Styler): string[] {
  const lines: string[] = [];
  if (isOneOfSeveral) lines.push("", style.strong(`${percent(outcome.share)} of such requests`));
  if (outcome.listener !== undefined) {
    const { key, hostname, origin } = outcome.listener;
    lines.push(field("listener", `${key}${hostname === "*" ? "" : `  host ${hostname}`}`, style));
    lines.push(more(style.faint(describeOrigin(origin, locate))));
  }
  if (outcome.rule !== undefined) lines.push(...renderRule(outcome.rule, outcome.matched ?? "", locate, style));
  for (const step of outcome.steps) lines.push(...renderStep(step, locate, style));
  lines.push(...renderEnd(outcome, locate, style));
  return lines;
}

function renderRule(rule: RuleRef, matched: string, locate: LocatePosition, style: Styler): string[] {
  return [
    field("rule", `${style.name(rule.key)}  ${matched}`, style),
    more(style.faint(describeOrigin(rule.origin, locate))),
  ];
}

function renderStep(step: StepOutcome, locate: LocatePosition, style: Styler): string[] {
  const paint = { passes: style.good, ends: style.bad, depends: style.warning }[step.verdict];
  return [
    field("step", `${step.kind}  ${paint(step.detail)}`, style),
    more(style.faint(describeOrigin(step.origin, locate))),
  ];
}

function renderEnd({ end }: Outcome, locate: LocatePosition, style: Styler): string[] {
  switch (end.kind) {
    case "respond": {
      const answer = end.status === 0 ? "connection closed" : String(end.status);
      const paint = end.status >= 200 && end.status < 400 ? style.good : style.bad;
      return [field("answer", `${paint(answer)}  ${end.because}`, style)];
    }
    case "redirect":
      return [
        field("redirect", `${style.good(String(end.status))} ${end.location}  ${style.faint(end.because)}`, style),
      ];
    case "forward":
      return end.targets.flatMap((target) => renderTarget(target, end.targets.length > 1, locate, style));
  }
}

function renderTarget(target: Target, isOneOfSeveral: boolean, locate: LocatePosition, style: Styler): string[] {
  const share = isOneOfSeveral ? `  ${percent(target.share)}` : "";
  const origin = more(style.faint(describeOrigin(target.origin, locate)));
  const { to } = target;
  if (to.kind === "respond")
    return [
      field(
        "answer",
        `${style.bad(to.status === 0 ? "connection closed" : String(to.status))}${share}  ${to.because}`,
        style,
      ),
      origin,
    ];
  const lines = [field("backend", `${style.good(to.backend)}${share}  ${style.faint(to.protocol)}`, style), origin];
  if (to.kind === "backend") {
    lines.push(more(`as ${to.authority}${to.path}`));
    for (const { name, values } of to.headers) {
      lines.push(more(values.length === 0 ? `without ${name}` : `${name}: ${values.join(", ")}`));
    }
  }
  if (to.tls !== undefined) lines.push(...renderTls(to.tls, locate, style));
  if (to.resolves !== undefined) lines.push(more(`at ${to.resolves}`));
  if (to.endpoints?.length === 0)
    lines.push(more(style.bad(to.kind === "connection" ? "no endpoints: closed" : "no endpoints: 503")));
  for (const { address, port, state } of to.endpoints ?? []) {
    const place = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
    lines.push(more(`at ${place}${state === "serving" ? "" : `  ${style.warning(state)}`}`));
  }
  return lines;
}

function renderTls(tls: BackendTlsTarget, locate: LocatePosition, style: Styler): string[] {
  const { serverName, names, trust, clientCertificate, policy } = tls;
  const shown = clientCertificate === undefined ? "" : `, shown ${clientCertificate}`;
  const lines = [more(`over TLS for ${serverName}, proven as ${names.join(" or ")}, trusting ${trust}${shown}`)];
  return policy === undefined ? lines : [...lines, more(style.faint(describeOrigin(policy, locate)))];
}

function renderPassedOver({ passedOver, furtherMisses }: Explanation, locate: LocatePosition, style: Styler): string[] {
  if (passedOver.length === 0) return [];
  const lines = ["", style.strong("Why not another rule")];
  for (const miss of passedOver) lines.push(...renderMiss(miss, locate, style));
  if (furtherMisses > 0) lines.push(style.faint(`and ${furtherMisses} more that fit less`));
  return lines;
}

function renderMiss({ rule, failures, position }: PassedOver, locate: LocatePosition, style: Styler): string[] {
  const lines = [`${rule.key}  ${style.faint(describeOrigin(rule.origin, locate))}`];
  for (const { test, name, wanted, actual } of failures) {
    const what = name === undefined ? test : `${test} ${name}`;
    lines.push(`  ${what}: wants ${style.warning(wanted)}, is ${style.warning(actual)}`);
  }
  if (failures.length === 0)
    lines.push(`  fits too, but comes ${position === "after" ? "later" : "without a share left"}`);
  return lines;
}

/** Two digits are enough to tell shares apart; the rest would pretend a precision that chance does not have. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

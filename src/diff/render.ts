import { describeOrigin, type Styler } from "../explain/styler.ts";
import type { LocatePosition, Provenance } from "../model/provenance.ts";
import { describeRef } from "../model/source-object.ts";
import { count, describeRule, some } from "./describe.ts";
import { isEmptyDiff } from "./diff-plans.ts";
import type { FieldChange, PartChange, PlanDiff, RequestChange, RequestOutcome } from "./plan-diff.ts";

/** Finds lines on either side; what was running and what is to run may be different texts. */
export interface LocateSides {
  readonly before: LocatePosition;
  readonly after: LocatePosition;
}

/** Kinds of requests that people are shown; the data have all. */
const mostShown = 50;

/** A diff for people, ending with a line break: parts that are new (+), gone (-) and different (~), requests that go elsewhere, a summary. */
export function renderDiff(diff: PlanDiff, locate: LocateSides, style: Styler): string {
  const sections = [
    ...renderParts("port", diff.ports, locate, style),
    ...renderParts("host", diff.hosts, locate, style),
    ...renderParts("rule", diff.rules, locate, style),
    ...renderParts("cluster", diff.clusters, locate, style),
    ...renderParts("certificate", diff.certificates, locate, style),
    ...renderParts("authorities", diff.trustBundles, locate, style),
    ...renderRenamed(diff, style),
    ...renderRequests(diff, locate, style),
    [style.strong(summaryOf(diff))],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** "2 hosts, 3 rules, 1 cluster change; 4 kinds of requests go elsewhere". */
export function summaryOf(diff: PlanDiff): string {
  if (isEmptyDiff(diff)) return "nothing changes for any proxy";
  const nouns = [
    [diff.ports, "port"],
    [diff.hosts, "host"],
    [diff.rules, "rule"],
    [diff.clusters, "cluster"],
    [diff.certificates, "certificate"],
    [diff.trustBundles, "set of authorities", "sets of authorities"],
  ] as const;
  const parts = nouns.flatMap(([{ length }, one, many]) => {
    if (length === 0) return [];
    return [many !== undefined && length > 1 ? `${length} ${many}` : count(length, one)];
  });
  const only = parts.length === 1 && parts[0]?.startsWith("1 ") === true;
  const changed = parts.length === 0 ? [] : [`${parts.join(", ")} ${only ? "changes" : "change"}`];
  const { length } = diff.requests.changes;
  const kinds = `${count(length, "kind")} of requests ${length === 1 ? "goes" : "go"} elsewhere`;
  const least = diff.requests.leftOut === 0 ? "" : "at least ";
  return [...changed, length === 0 ? "no request is known to go elsewhere" : `${least}${kinds}`].join("; ");
}

function renderParts(noun: string, changes: readonly PartChange[], locate: LocateSides, style: Styler): string[][] {
  return changes.map(({ change, title, fields, originBefore, originAfter }) => [
    `${signOf(change, style)} ${noun} ${style.strong(title)}`,
    ...placeLines(originBefore, originAfter, locate, style),
    ...fields.map((field) => renderField(field, change, style)),
  ]);
}

function signOf(change: PartChange["change"], style: Styler): string {
  switch (change) {
    case "added":
      return style.good("+");
    case "removed":
      return style.bad("-");
    case "changed":
      return style.warning("~");
  }
}

function placeLines(
  before: Provenance | undefined,
  after: Provenance | undefined,
  locate: LocateSides,
  style: Styler,
): readonly string[] {
  if (after !== undefined) return [`    ${style.faint(describeOrigin(after, locate.after))}`];
  return before === undefined ? [] : [`    ${style.faint(`was ${describeOrigin(before, locate.before)}`)}`];
}

function renderField({ what, before, after }: FieldChange, change: PartChange["change"], style: Styler): string {
  if (change !== "changed") return `    ${what}: ${after ?? before ?? ""}`;
  if (before === undefined) return `    ${style.good("+")} ${what}: ${after ?? ""}`;
  if (after === undefined) return `    ${style.bad("-")} ${what}: ${before}`;
  return before === after ? `    ${what}: replaced` : `    ${what}: ${before} ${style.strong("→")} ${after}`;
}

function renderRenamed({ renamedRules }: PlanDiff, style: Styler): string[][] {
  const byObject = Map.groupBy(renamedRules, ({ origin }) => describeRef(origin.object));
  return [...byObject].map(([object, rules]) => {
    const gets = rules.length === 1 ? "gets another name" : "get other names";
    return [`${style.faint("=")} ${count(rules.length, "rule")} of ${object} only ${gets} in statistics and logs`];
  });
}

function renderRequests({ requests }: PlanDiff, locate: LocateSides, style: Styler): string[][] {
  const sections = requests.changes.slice(0, mostShown).map((change) => renderRequest(change, locate, style));
  if (sections.length > 0) sections.unshift([style.strong("Requests that go elsewhere")]);
  const more = requests.changes.length - mostShown;
  if (more > 0) sections.push([`  and ${count(more, "more kind")} of requests, which JSON lists in full`]);
  if (requests.leftOut > 0) {
    const { evaluated, leftOut } = requests;
    const told = `${evaluated} sample requests were evaluated, ${leftOut} more left out; others may go elsewhere too`;
    sections.push([style.warning(told)]);
  }
  if (requests.withoutSample.length > 0) {
    const rules = some(requests.withoutSample.map(describeRule));
    sections.push([style.warning(`no sample request could be made up for ${rules}`)]);
  }
  return sections;
}

function renderRequest({ title, before, after, alike }: RequestChange, locate: LocateSides, style: Styler): string[] {
  const isSameRule = after.rules.length > 0 && keysOf(before) === keysOf(after);
  return [
    `  ${style.name(title)}`,
    `      ${before.text} ${style.strong("→")} ${after.text}`,
    ...(isSameRule ? [] : ruleLines("was", before, locate.before, style)),
    ...ruleLines(isSameRule ? "by" : "now", after, locate.after, style),
    ...(alike.length === 0 ? [] : [`      ${style.faint(`also ${alike.join(" | ")}`)}`]),
  ];
}

function keysOf({ rules }: RequestOutcome): string {
  return rules.map(({ key }) => key).join(" ");
}

function ruleLines(label: string, { rules }: RequestOutcome, locate: LocatePosition, style: Styler): readonly string[] {
  return rules.map(({ origin }) => `      ${style.faint(`${label} ${describeOrigin(origin, locate)}`)}`);
}

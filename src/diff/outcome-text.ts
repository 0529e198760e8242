import type { End, Explanation, Outcome, Target } from "../explain/explanation.ts";
import { describeBackend, percent } from "./describe.ts";
import { words } from "./write-value.ts";

/** What happens to a request, as far as a client or a backend could tell; the rule that says so is left out. */
export interface Result {
  /** Backends, redirect or status. */
  readonly main: string;
  /** The same without what depends on the URL, so that requests with the same fate are found. */
  readonly kind: string;
  /** Whatever else happens on the way: policies, edits of headers, rewrites. */
  readonly details: readonly string[];
}

export function resultOf({ outcomes, request }: Explanation): Result {
  const results = outcomes.map((outcome) => ({ share: outcome.share, ...oneResult(outcome, request) }));
  const [first, another] = results;
  if (first !== undefined && another === undefined) return first;
  const join = (text: (one: Result) => string): string =>
    results.map((one) => `${percent(one.share)}: ${text(one)}`).join("; ");
  return {
    main: join(({ main }) => main),
    kind: join(({ kind }) => kind),
    details: results.flatMap(({ share, details }) => details.map((detail) => `${detail} (${percent(share)})`)),
  };
}

/** The two results of one request told apart; undefined where they are the same. */
export function differenceOf(
  before: Result,
  after: Result,
): { readonly before: string; readonly after: string; readonly kind: string } | undefined {
  const gone = before.details.filter((detail) => !after.details.includes(detail));
  const come = after.details.filter((detail) => !before.details.includes(detail));
  const isSameOrder = before.details.join("\n") === after.details.join("\n");
  if (before.main === after.main && gone.length === 0 && come.length === 0) {
    if (isSameOrder) return undefined;
    const [was, is] = [before.details, after.details].map(
      (list) => `${before.main}, in this order: ${list.join("; ")}`,
    );
    return { before: was ?? "", after: is ?? "", kind: `${before.kind} order` };
  }
  // Details of a request that ends otherwise say nothing beside its end.
  const tell = ({ main }: Result, own: readonly string[]): string =>
    own.length === 0 ? main : `${main}, ${own.join(", ")}`;
  const details = before.main === after.main ? [...gone, "→", ...come].join("|") : "";
  return { before: tell(before, gone), after: tell(after, come), kind: `${before.kind}|${after.kind}|${details}` };
}

function oneResult({ steps, end }: Outcome, request: Explanation["request"]): Result {
  // What becomes of request headers shows in what the backend sees.
  const stepTexts = steps
    .filter(({ kind }) => kind !== "request-headers")
    .map(({ kind, verdict, detail }) => (verdict === "ends" ? detail : `${words(kind)}: ${detail}`));
  return { ...mainOf(end), details: [...stepTexts, ...targetDetails(end, request)] };
}

function mainOf(end: End): { readonly main: string; readonly kind: string } {
  switch (end.kind) {
    case "forward": {
      const text = end.targets.map((target) => targetText(target, end.targets.length > 1)).join(", ");
      return { main: text, kind: text };
    }
    case "redirect":
      return { main: `redirect ${end.status} to ${end.location}`, kind: `redirect ${end.status}` };
    case "respond": {
      const body = end.body === undefined || end.body === "" ? "" : ` ${JSON.stringify(end.body)}`;
      return { main: `${end.status === 0 ? "no answer" : end.status}${body}`, kind: String(end.status) };
    }
  }
}

function targetText({ share, to }: Target, withShare: boolean): string {
  const name = to.kind === "respond" ? `status ${to.status}` : describeBackend(to.backend);
  return withShare ? `${name} (${percent(share)})` : name;
}

function targetDetails(end: End, request: Explanation["request"]): readonly string[] {
  if (end.kind !== "forward") return [];
  const sentPath = /^https?:\/\/[^/?#]*([^#]*)/i.exec(request.url)?.[1] ?? "";
  const details = end.targets.flatMap(({ to }) => {
    if (to.kind !== "backend") return [];
    const only = end.targets.length > 1 ? ` to ${describeBackend(to.backend)}` : "";
    return [
      ...(to.path === sentPath ? [] : [`as ${to.path}${only}`]),
      ...(to.authority === request.authority ? [] : [`as host ${to.authority}${only}`]),
      ...to.headers.map(({ name, values }) =>
        values.length === 0 ? `without header ${name}${only}` : `with header ${name}: ${values.join(", ")}${only}`,
      ),
    ];
  });
  return details;
}

import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { isObject, listAt, textAt, valueAt } from "../../model/json.ts";
import type { ValueMatch } from "../../model/match.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { AccessRule, AuthorizeStep, DenyStep } from "../../model/step.ts";
import { expressionProblem } from "../../references/regular-expression.ts";
import { origin } from "../origin.ts";

export type SectionStep<S> = { readonly step: S | DenyStep; readonly problems: readonly Diagnostic[] };

/** `spec.clientAddresses`: denied ones first, then, if any are allowed, only those. */
export function readClientAddresses(object: SourceObject, instance: string): AuthorizeStep | undefined {
  const addresses = valueAt(object.body, "spec", "clientAddresses");
  if (addresses === undefined) return undefined;
  const path = ["spec", "clientAddresses"] as const;
  const rule = (field: "allow" | "deny"): AccessRule[] => {
    const ranges = textsAt(addresses, field);
    if (ranges.length === 0) return [];
    return [{ name: `clientAddresses.${field}`, clientAddresses: ranges, origin: origin(object, ...path, field) }];
  };
  return {
    kind: "authorize",
    instance: `${instance}/addresses`,
    deny: rule("deny"),
    allow: rule("allow"),
    origin: origin(object, ...path),
  };
}

/** `spec.rules`. One that cannot be carried out makes the whole section refuse. */
export function readRules(object: SourceObject, instance: string): SectionStep<AuthorizeStep> | undefined {
  const list = valueAt(object.body, "spec", "rules");
  if (list === undefined) return undefined;
  const problems: Diagnostic[] = [];
  const deny: AccessRule[] = [];
  const allow: AccessRule[] = [];
  listAt(list).forEach((item, index) => {
    const path = ["spec", "rules", index] as const;
    const rule = readRule(object, item, index, problems);
    const action = textAt(item, "action");
    if (action === "Deny") deny.push(rule);
    else if (action === "Allow") allow.push(rule);
    else
      problems.push(broken(object, [...path, "action"], `Action ${action ?? ""} is not known.`, "Use Allow or Deny."));
  });
  const step = {
    kind: "authorize",
    instance: `${instance}/rules`,
    deny,
    allow,
    origin: origin(object, "spec", "rules"),
  } as const;
  return { step: problems.length === 0 ? step : refuse(object, ["spec", "rules"], problems), problems };
}

/** What stands in for a section that cannot be enforced: nothing passes. */
export function refuse(object: SourceObject, path: FieldPath, problems: readonly Diagnostic[]): DenyStep {
  const reason = problems[0]?.message ?? "The policy cannot be enforced.";
  return { kind: "deny", status: 500, reason, origin: origin(object, ...path) };
}

export function broken(object: SourceObject, path: FieldPath, message: string, hint: string): Diagnostic {
  return diagnose("WR0402", origin(object, ...path), `${message} What the policy covers answers 500.`, hint);
}

function readRule(object: SourceObject, item: Json, index: number, problems: Diagnostic[]): AccessRule {
  const when = valueAt(item, "when");
  const path = ["spec", "rules", index] as const;
  const fields = (["clientAddresses", "methods", "pathPrefixes"] as const).flatMap((field) => {
    const values = textsAt(when, field);
    return values.length === 0 ? [] : [[field, values] as const];
  });
  const headers = listAt(when, "headers").map((header, at) => ({
    name: textAt(header, "name")?.toLowerCase() ?? "",
    value: readHeaderValue(object, header, [...path, "when", "headers", at], problems),
  }));
  const jwtClaims = listAt(when, "jwtClaims").map((claim) => ({
    provider: textAt(claim, "provider") ?? "",
    claim: textAt(claim, "claim") ?? "",
    values: textsAt(claim, "values"),
  }));
  return {
    name: textAt(item, "name") ?? `rules[${index}]`,
    ...Object.fromEntries(fields),
    ...(headers.length === 0 ? {} : { headers }),
    ...(jwtClaims.length === 0 ? {} : { jwtClaims }),
    origin: origin(object, ...path),
  };
}

function readHeaderValue(object: SourceObject, header: Json, path: FieldPath, problems: Diagnostic[]): ValueMatch {
  const value = textAt(header, "value") ?? "";
  const type = textAt(header, "type") ?? "Exact";
  switch (type) {
    case "Exact":
      return { kind: "exact", value };
    case "Prefix":
      return { kind: "prefix", value };
    case "RegularExpression": {
      const problem = expressionProblem(value);
      if (problem !== undefined) {
        const message = `RE2 refuses the regular expression ${JSON.stringify(value)}: ${problem}.`;
        problems.push(broken(object, [...path, "value"], message, "See the RE2 syntax."));
      }
      return { kind: "regex", value };
    }
    default:
      problems.push(
        broken(
          object,
          [...path, "type"],
          `Match type ${type} is not known.`,
          "Use Exact, Prefix or RegularExpression.",
        ),
      );
      return { kind: "exact", value };
  }
}

export function textsAt(value: Json | undefined, field: string): readonly string[] {
  return isObject(value) ? listAt(value, field).filter((item) => typeof item === "string") : [];
}

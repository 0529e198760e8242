import type { MessageInitShape } from "@bufbuild/protobuf";
import { packAny } from "../../envoy/any.ts";
import { type PrincipalSchema, RBAC_Action } from "../../envoy/generated/envoy/config/rbac/v3/rbac_pb.ts";
import { RBACPerRouteSchema, RBACSchema } from "../../envoy/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts";
import type { ValueMatcherSchema } from "../../envoy/generated/envoy/type/matcher/v3/value_pb.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { at } from "../../model/provenance.ts";
import type { AccessRule, AuthorizeStep, JwtStep, Step } from "../../model/step.ts";
import { parseCidr } from "../cidr.ts";
import { headerMatcher } from "../routes/route-match.ts";
import { valueMatchProblem } from "../routes/value-match.ts";
import type { HttpFilterSlot, RuleFilter } from "./filter.ts";
import { claimsMetadataKey } from "./jwt-names.ts";

type Principal = MessageInitShape<typeof PrincipalSchema>;
type ValueMatcher = MessageInitShape<typeof ValueMatcherSchema>;

/** Where jwt_authn leaves the claims of the tokens it has verified. */
const CLAIMS_NAMESPACE = "envoy.filters.http.jwt_authn";

/** Decides before any token is looked at: what a rule asks for ahead of its first JWT step, or without one. */
export const accessBeforeToken = accessSlot("weir.access-before-token", (steps) => steps.slice(0, tokenAt(steps)));

/** Decides with the claims of verified tokens at hand. */
export const accessAfterToken = accessSlot("weir.access-after-token", (steps) => steps.slice(tokenAt(steps)));

/** The place of the first JWT step, or the end. */
function tokenAt(steps: readonly Step[]): number {
  const index = steps.findIndex((step) => step.kind === "jwt");
  return index < 0 ? steps.length : index;
}

function accessSlot(name: string, pick: (steps: readonly Step[]) => readonly Step[]): HttpFilterSlot {
  return {
    name,
    inChain: { name, disabled: true, configType: { case: "typedConfig", value: packAny(RBACSchema, {}) } },
    forRule: ({ steps }) => {
      const mine = pick(steps).filter((step) => step.kind === "authorize");
      return mine.length === 0 ? undefined : authorize(mine, steps);
    },
  };
}

/**
 * All steps as one expression: a request passes if, for each step, no denial matches and an allowance does where there are any. Envoy's own pair of
 * actions would need a filter for denials and one for allowances; a principal can be any boolean tree, so one filter that allows says it all.
 */
function authorize(mine: readonly AuthorizeStep[], steps: readonly Step[]): RuleFilter {
  const diagnostics: Diagnostic[] = [];
  const required: Principal[] = [];
  for (const step of mine) {
    const verified = steps.slice(0, steps.indexOf(step)).filter((earlier) => earlier.kind === "jwt");
    const translate = (rule: AccessRule) => {
      const translated = accessPrincipal(rule, verified);
      diagnostics.push(...translated.diagnostics);
      return translated.principal;
    };
    const denied = step.deny.map(translate);
    const allowed = step.allow.map(translate);
    if (denied.length > 0) required.push({ identifier: { case: "notId", value: anyOf(denied) } });
    if (allowed.length > 0) required.push(anyOf(allowed));
  }
  if (diagnostics.length > 0) return { kind: "problem", diagnostics };
  const policy = {
    permissions: [{ rule: { case: "any" as const, value: true } }],
    principals: [required.length === 0 ? everyone : allOf(required)],
  };
  const rules = { action: RBAC_Action.ALLOW, policies: { access: policy } };
  return { kind: "on", config: packAny(RBACPerRouteSchema, { rbac: { rules } }) };
}

const everyone: Principal = { identifier: { case: "any", value: true } };

function anyOf(ids: Principal[]): Principal {
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : { identifier: { case: "orIds", value: { ids } } };
}

function allOf(ids: Principal[]): Principal {
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : { identifier: { case: "andIds", value: { ids } } };
}

interface Translated {
  readonly principal: Principal;
  readonly diagnostics: readonly Diagnostic[];
}

/** All present conditions must hold, and within one any value suffices; a condition without values holds for nobody. */
function accessPrincipal(rule: AccessRule, verified: readonly JwtStep[]): Translated {
  const diagnostics: Diagnostic[] = [];
  const refuse = (message: string, field: string): Principal => {
    diagnostics.push(diagnose("WR0402", at(rule.origin, field), message));
    return everyone;
  };
  const conditions: Principal[] = [];
  if (rule.clientAddresses !== undefined) {
    const ranges = rule.clientAddresses.map((text) => {
      const range = parseCidr(text);
      if (range === undefined) return refuse(`${JSON.stringify(text)} is no address or network`, "clientAddresses");
      return { identifier: { case: "remoteIp", value: range } } satisfies Principal;
    });
    conditions.push(anyOf(ranges));
  }
  if (rule.methods !== undefined) {
    conditions.push(anyOf(rule.methods.map((value) => headerPrincipal(":method", { kind: "exact", value }))));
  }
  if (rule.pathPrefixes !== undefined) conditions.push(anyOf(rule.pathPrefixes.flatMap(pathPrincipals)));
  for (const { name, value } of rule.headers ?? []) {
    const problem = valueMatchProblem(value);
    conditions.push(problem === undefined ? headerPrincipal(name, value) : refuse(problem, "headers"));
  }
  for (const { provider, claim, values } of rule.jwtClaims ?? []) {
    const step = verified.findLast((earlier) => earlier.providers.some(({ name }) => name === provider));
    if (step === undefined) conditions.push(refuse(`no token of provider ${provider} is verified before`, "jwtClaims"));
    else conditions.push(claimPrincipal(claimsMetadataKey(step, provider), claim, values));
  }
  return { principal: conditions.length === 0 ? everyone : allOf(conditions), diagnostics };
}

function headerPrincipal(name: string, value: Parameters<typeof headerMatcher>[1]): Principal {
  return { identifier: { case: "header", value: headerMatcher(name, value, false) } };
}

/** Element-wise: "/foo" holds for "/foo" and "/foo/bar", not for "/foobar"; the query does not count. */
function pathPrincipals(prefix: string): Principal[] {
  const value = prefix.replace(/\/+$/, "");
  const path = (kind: "exact" | "prefix", text: string): Principal => ({
    identifier: {
      case: "urlPath",
      value: { rule: { case: "path", value: { matchPattern: { case: kind, value: text } } } },
    },
  });
  return value === "" ? [path("prefix", "/")] : [path("exact", value), path("prefix", `${value}/`)];
}

/** The claim equals one of the values, or is a list that holds one. Numbers and booleans are compared as what they are. */
function claimPrincipal(metadataKey: string, claim: string, values: readonly string[]): Principal {
  const path = [metadataKey, ...claim.split(".")].map((key) => ({ segment: { case: "key" as const, value: key } }));
  const scalars = values.flatMap(scalarMatchers);
  const lists = scalars.map(
    (matcher): ValueMatcher => ({
      matchPattern: { case: "listMatch", value: { matchPattern: { case: "oneOf", value: matcher } } },
    }),
  );
  const value: ValueMatcher = {
    matchPattern: { case: "orMatch", value: { valueMatchers: [...scalars, ...lists] } },
  };
  return {
    identifier: {
      case: "sourcedMetadata",
      value: { metadataMatcher: { filter: CLAIMS_NAMESPACE, path, value } },
    },
  };
}

function scalarMatchers(value: string): ValueMatcher[] {
  const matchers: ValueMatcher[] = [
    { matchPattern: { case: "stringMatch", value: { matchPattern: { case: "exact", value } } } },
  ];
  if (value === "true" || value === "false") {
    matchers.push({ matchPattern: { case: "boolMatch", value: value === "true" } });
  }
  if (/^-?\d+(\.\d+)?$/.test(value)) {
    matchers.push({
      matchPattern: { case: "doubleMatch", value: { matchPattern: { case: "exact", value: Number(value) } } },
    });
  }
  return matchers;
}

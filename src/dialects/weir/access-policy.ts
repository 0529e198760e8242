import type { Context } from "../../incremental/collection.ts";
import type { Backend } from "../../model/backend.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { Policy } from "../../model/policy.ts";
import { objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport, StatusValue } from "../../model/status.ts";
import type { Step } from "../../model/step.ts";
import type { DialectInputs } from "../dialect.ts";
import { origin } from "../origin.ts";
import { readClientAddresses, readRules, refuse } from "./access-rules.ts";
import { readTarget, type TargetReading } from "./policy-target.ts";
import { readTokens } from "./token-providers.ts";

/** What one AccessPolicy comes to. */
export interface PolicyAnalysis {
  readonly policies: readonly Policy[];
  readonly backends: readonly Backend[];
  readonly diagnostics: readonly Diagnostic[];
  readonly status?: StatusReport;
}

interface Section {
  readonly section: Policy["section"];
  readonly steps: readonly Step[];
}

/** weir.dev/v1alpha1 AccessPolicy. What it needs and cannot have turns into a refusal of everything it covers. */
export function analysePolicy(object: SourceObject, inputs: DialectInputs, context: Context): PolicyAnalysis {
  const instance = `${object.namespace}/${object.name}`;
  const targets = readTargets(object, inputs, context);
  const addresses = readClientAddresses(object, instance);
  const rules = readRules(object, instance);
  const tokens = readTokens(object, instance, inputs.core, context);
  const sections: Section[] = [];
  if (addresses !== undefined) sections.push({ section: "client-addresses", steps: [addresses] });
  if (rules !== undefined) sections.push({ section: "access", steps: [rules.step] });
  if (tokens !== undefined) sections.push({ section: "jwt", steps: [tokens.step] });
  const problems = [...(rules?.problems ?? []), ...(tokens?.problems ?? [])];
  return {
    policies: policiesOf(object, targets, sections),
    backends: tokens?.backends ?? [],
    diagnostics: [...targets.flatMap((target) => target.problem ?? []), ...problems],
    status: statusOf(object, targets, problems, inputs.options.gatewayController),
  };
}

/**
 * A policy that admission refused, of which nothing but the targets can be trusted: they answer 500 until it is corrected. Admission has
 * told what is wrong with it.
 */
export function analyseRefusedPolicy(object: SourceObject, inputs: DialectInputs, context: Context): PolicyAnalysis {
  const targets = readTargets(object, inputs, context);
  const message = "The policy is not valid: what it covers answers 500.";
  const problem = diagnose(
    "WR0402",
    origin(object, "spec"),
    message,
    "Correct it, or delete it to lift the protection.",
  );
  const sections: Section[] = [{ section: "access", steps: [refuse(object, ["spec"], [problem])] }];
  const policies = policiesOf(object, targets, sections).map((policy): Policy => ({ ...policy, merge: "override" }));
  return { policies, backends: [], diagnostics: [problem] };
}

function readTargets(object: SourceObject, inputs: DialectInputs, context: Context): readonly TargetReading[] {
  return listAt(object.body, "spec", "targetRefs").map((ref, index) => readTarget(object, ref, index, inputs, context));
}

function policiesOf(object: SourceObject, targets: readonly TargetReading[], sections: readonly Section[]): Policy[] {
  const merge = textAt(object.body, "spec", "merge") === "Override" ? "override" : "default";
  return targets.flatMap(({ target }, index) =>
    target === undefined
      ? []
      : sections.map(({ section, steps }) => ({
          key: `${objectKey(refOf(object))}#${index}/${section}`,
          target,
          section,
          merge,
          steps,
          creationTimestamp: object.creationTimestamp,
          origin: origin(object),
        })),
  );
}

/** One ancestor for each target, the target itself. */
function statusOf(
  object: SourceObject,
  targets: readonly TargetReading[],
  problems: readonly Diagnostic[],
  controllerName: string,
): StatusReport {
  const ancestors = targets.map(
    (target): StatusValue => ({
      ancestorRef: target.ref,
      controllerName,
      conditions: [conditionOf(target, problems)].map(({ type, status, reason, message }) => ({
        type,
        status,
        reason,
        message,
      })),
    }),
  );
  return { object: refOf(object), generation: object.generation, status: { ancestors } };
}

function conditionOf(target: TargetReading, problems: readonly Diagnostic[]): Condition {
  const [first] = problems;
  if (target.problem !== undefined) {
    return { type: "Accepted", status: "False", reason: "TargetNotFound", message: target.problem.message };
  }
  if (first !== undefined) return { type: "Accepted", status: "False", reason: "Invalid", message: first.message };
  return { type: "Accepted", status: "True", reason: "Accepted", message: "The policy is in effect." };
}

import type { GatewayClientCertificate } from "../model/gateway.ts";
import type { Rule, WeightedBackend } from "../model/rule.ts";
import type { DenyStep, JwtStep, Step } from "../model/step.ts";
import { presentedBackendKey } from "../references/backend-key.ts";

/** What rules have to know of a backend: editing it concerns none of them. */
export interface BackendPresence {
  /** Whether TLS is spoken to it. */
  readonly tls: boolean;
}

/** Every backend that requests of a rule may reach or need on their way, mirrors and key servers included; sorted. */
export function backendsOf(rule: Rule): readonly string[] {
  const keys = new Set<string>(rule.steps.flatMap(backendsOfStep));
  if (rule.end.kind === "forward") {
    for (const { target, steps } of rule.end.backends) {
      if (target.kind === "backend") keys.add(target.backend);
      for (const key of steps.flatMap(backendsOfStep)) keys.add(key);
    }
  }
  return [...keys].sort();
}

function backendsOfStep(step: Step): readonly string[] {
  if (step.kind === "mirror") return [step.backend];
  if (step.kind !== "jwt") return [];
  return step.providers.flatMap(({ keys }) => (keys.kind === "remote" ? [keys.backend] : []));
}

/**
 * The rule with nothing in it that leads to a backend nobody defines: requests for it get 500, mirrors are left out, and a token that
 * could not be verified lets nobody pass.
 */
export function withoutMissingBackends(rule: Rule, exists: (backend: string) => boolean): Rule {
  if (backendsOf(rule).every(exists)) return rule;
  const steps = rule.steps.flatMap((step) => presentStep(step, exists));
  if (rule.end.kind !== "forward") return { ...rule, steps };
  const backends = rule.end.backends.map((backend) => presentBackend(backend, exists));
  return { ...rule, steps, end: { ...rule.end, backends } };
}

function presentStep(step: Step, exists: (backend: string) => boolean): readonly Step[] {
  if (backendsOfStep(step).every(exists)) return [step];
  return step.kind === "jwt" ? [unverifiable(step)] : [];
}

function unverifiable(step: JwtStep): DenyStep {
  return { kind: "deny", status: 500, reason: "the server of the token keys is not defined", origin: step.origin };
}

function presentBackend(backend: WeightedBackend, exists: (key: string) => boolean): WeightedBackend {
  const steps = backend.steps.flatMap((step) => presentStep(step, exists));
  if (backend.target.kind === "backend" && !exists(backend.target.backend)) {
    return { ...backend, steps, target: { kind: "respond", status: 500 } };
  }
  return { ...backend, steps };
}

/**
 * The rule with every backend that TLS is spoken to replaced by the one that sees the gateway's certificate. Where that certificate cannot be used,
 * requests for them get 500 and mirrors are left out, since they would arrive without the identity that was asked for. Servers of token keys are not shown it.
 */
export function withClientCertificate(
  rule: Rule,
  gateway: string,
  certificate: GatewayClientCertificate,
  speaksTls: (backend: string) => boolean,
): Rule {
  const { end } = rule;
  const mirrored = (step: Step): readonly Step[] => {
    if (step.kind !== "mirror" || !speaksTls(step.backend)) return [step];
    if (certificate.kind === "unusable") return [];
    return [{ ...step, backend: presentedBackendKey(step.backend, gateway) }];
  };
  const steps = rule.steps.flatMap(mirrored);
  if (end.kind !== "forward") return { ...rule, steps };
  const backends = end.backends.map((backend): WeightedBackend => {
    const { target } = backend;
    const reached = { ...backend, steps: backend.steps.flatMap(mirrored) };
    if (target.kind !== "backend" || !speaksTls(target.backend)) return reached;
    if (certificate.kind === "unusable") return { ...reached, target: { kind: "respond", status: 500 } };
    return { ...reached, target: { kind: "backend", backend: presentedBackendKey(target.backend, gateway) } };
  });
  return { ...rule, steps, end: { ...end, backends } };
}

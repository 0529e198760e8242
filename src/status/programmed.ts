import type { Condition, StatusReport, StatusValue } from "../model/status.ts";
import type { AddressState } from "./addresses.ts";
import { conditionsOf, isFields, listenersOf } from "./conditions.ts";

/** What is known of the proxies of one class. */
export interface ProxyClassState {
  readonly connected: number;
  /** None is connected, but they were a moment ago, or may have been, and are expected to be back. */
  readonly awaited?: boolean;
  /** Proxies that have acknowledged everything they were sent of the current configuration. */
  readonly synced: number;
  /** Those of them that requests reach. */
  readonly ready: number;
  /** Text of the first refusal that is in effect, if any proxy refuses something. */
  readonly refusal?: string;
}

/**
 * Adds the Programmed condition to the status of a Gateway or ListenerSet and to those of its listeners: true when at least one proxy that
 * requests reach has acknowledged this generation and none refuses it (Gateway API, GatewayConditionProgrammed).
 * @param addresses where it is known whether the gateway can be reached: without any address it is not programmed.
 */
export function addProgrammed(report: StatusReport, state: ProxyClassState, addresses?: AddressState): StatusValue {
  const { status } = report;
  if (!isFields(status)) return status;
  const own = conditionsOf(status);
  const subject = report.programmedBy === undefined ? "Gateway" : "ListenerSet";
  const lacking = addresses?.lacking;
  const running = programmed(own, state, subject, lacking);
  const unreachable = running.status === "True" ? addresses?.problem : undefined;
  const gateway = unreachable === undefined ? running : outOfReach(subject, unreachable);
  return {
    ...status,
    conditions: [...own.filter(({ type }) => type !== "Programmed"), gateway].map(asValue),
    listeners: listenersOf(status).map((listener) => {
      if (!isFields(listener)) return listener;
      const conditions = conditionsOf(listener);
      const condition =
        gateway.status === "False" && (gateway.reason === "Invalid" || gateway.reason === "ParentNotProgrammed")
          ? gateway
          : programmed(conditions, state, "Listener", lacking);
      return {
        ...listener,
        conditions: [...conditions.filter(({ type }) => type !== "Programmed"), condition].map(asValue),
      };
    }),
  };
}

function outOfReach(
  subject: "Gateway" | "ListenerSet",
  { reason, message }: NonNullable<AddressState["problem"]>,
): Condition {
  return condition("False", subject === "Gateway" ? reason : noProxyReasons[subject], message);
}

const noProxyReasons = { Gateway: "NoResources", ListenerSet: "ParentNotProgrammed", Listener: "Pending" } as const;

function programmed(
  conditions: readonly Condition[],
  state: ProxyClassState,
  subject: keyof typeof noProxyReasons,
  lacking: AddressState["lacking"],
): Condition {
  const said = conditions.find(({ type }) => type === "Programmed");
  if (said?.status === "False") return said;
  // The dialect serves what it can of a listener with an unresolved reference, and says so by leaving the condition open.
  const servedInPart = said?.status === "Unknown";
  const failed = conditions.find(
    ({ type, status }) =>
      (type === "Accepted" || (subject === "Listener" && type === "ResolvedRefs" && !servedInPart)) &&
      status === "False",
  );
  if (failed !== undefined) return condition("False", "Invalid", `${failed.type} is false: ${failed.message}`);
  if (state.refusal !== undefined)
    return condition("False", "Invalid", `A proxy refuses the configuration: ${state.refusal}`);
  if (state.connected === 0) {
    const reason = subject === "Gateway" ? lacking?.reason : undefined;
    return condition("False", reason ?? noProxyReasons[subject], lacking?.message ?? "No proxy is connected.");
  }
  if (state.synced === 0) return condition("False", "Pending", "No proxy has acknowledged this configuration yet.");
  if (state.ready === 0) {
    return condition("False", "Pending", "No proxy that has acknowledged this configuration is ready yet.");
  }
  return condition("True", "Programmed", "A proxy has acknowledged this configuration.");
}

function condition(status: Condition["status"], reason: string, message: string): Condition {
  return { type: "Programmed", status, reason, message };
}

function asValue({ type, status, reason, message }: Condition): StatusValue {
  return { type, status, reason, message };
}

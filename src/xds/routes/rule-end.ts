import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PlannedRule } from "../../compile/plan.ts";
import type { RouteSchema } from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import type { PathMatch } from "../../model/match.ts";
import { encodeForward } from "./forward.ts";
import { type EncodedEdits, foldEdits, responseEdits } from "./header-edits.ts";
import { MAXIMUM_RESPONSE_BODY } from "./limits.ts";
import { encodeRedirect } from "./redirect.ts";

export interface EncodedEnd {
  readonly action: NonNullable<MessageInitShape<typeof RouteSchema>["action"]>;
  readonly request: EncodedEdits;
  readonly response: EncodedEdits;
  readonly clusters: readonly string[];
  /** Why the rule cannot be served. */
  readonly problems: readonly string[];
  /** What is left undone without harm. */
  readonly notes: readonly string[];
}

const noEdits: EncodedEdits = { toAdd: [], toRemove: [], host: undefined, problems: [] };

/** What becomes of requests that one alternative of a rule has matched. */
export function encodeEnd(planned: PlannedRule, path: PathMatch | undefined, afterShare: boolean): EncodedEnd {
  const { end } = planned.rule;
  const deny = planned.steps.find((step) => step.kind === "deny");
  if (deny !== undefined) return respond(planned, deny.status, undefined);
  switch (end.kind) {
    case "forward": {
      const forward = encodeForward(planned, end, path, afterShare);
      if (forward.kind === "respond") return respond(planned, forward.status, undefined);
      const { action, request, response, clusters } = forward;
      const problems = [...forward.problems, ...hiddenEdits(planned)];
      return { action: { case: "route", value: action }, request, response, clusters, problems, notes: [] };
    }
    case "redirect": {
      const redirect = encodeRedirect(end, planned.entry, path);
      if (typeof redirect === "string") return { ...respond(planned, 500, undefined), problems: [redirect] };
      return answer(planned, { case: "redirect", value: redirect });
    }
    case "respond":
      return respond(planned, end.status, end.body);
  }
}

function respond(planned: PlannedRule, status: number, body: string | undefined): EncodedEnd {
  const encoded = answer(planned, {
    case: "directResponse",
    value: { status, ...(body === undefined ? {} : { body: { specifier: { case: "inlineString", value: body } } }) },
  });
  if (body === undefined || Buffer.byteLength(body) <= MAXIMUM_RESPONSE_BODY) return encoded;
  const problem = `the body of the response is longer than ${MAXIMUM_RESPONSE_BODY} bytes`;
  return { ...encoded, problems: [...encoded.problems, problem] };
}

/** Ends that the proxy itself answers: nothing is sent on, so edits of the request mean nothing. */
function answer(planned: PlannedRule, action: EncodedEnd["action"]): EncodedEnd {
  const response = foldEdits(responseEdits(planned.steps));
  const mirrored = planned.steps.some((step) => step.kind === "mirror");
  return {
    action,
    request: noEdits,
    response,
    clusters: [],
    problems: [...response.problems, ...hiddenEdits(planned)],
    notes: mirrored ? ["requests that the proxy answers itself are not mirrored"] : [],
  };
}

/** Envoy edits headers when it sends a request on: an access step behind such an edit would decide by the value before it. */
function hiddenEdits({ steps }: PlannedRule): string[] {
  const edited = new Set<string>();
  const problems: string[] = [];
  for (const step of steps) {
    if (step.kind === "authorize") {
      for (const { headers = [] } of [...step.deny, ...step.allow]) {
        for (const { name } of headers) {
          if (edited.has(name.toLowerCase())) problems.push(`an access rule decides by ${name} after it was edited`);
        }
      }
    }
    if (step.kind === "request-headers") {
      const names = [...step.set.map(({ name }) => name), ...step.add.map(({ name }) => name), ...step.remove];
      for (const name of names) edited.add(name.toLowerCase());
    }
  }
  return problems;
}

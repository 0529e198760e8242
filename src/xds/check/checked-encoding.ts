import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { encode } from "../../envoy/encode.ts";
import { type FieldProblem, fieldProblems } from "./field-rules.ts";

export type CheckedEncoding =
  | { readonly kind: "encoded"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly problems: readonly FieldProblem[] };

/** Encodes what Envoy's field rules allow. Values that no field of the kind can hold, such as a port of -1, are refused like those that break a rule. */
export function encodeChecked<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): CheckedEncoding {
  const unencodable = attempt(() => encode(schema, message));
  if (unencodable.kind === "refused") return unencodable;
  const problems = fieldProblems(schema, message);
  return problems.length === 0 ? unencodable : { kind: "refused", problems };
}

/** Runs something that encodes; what it throws is a problem of the values it was given. */
function attempt(action: () => Uint8Array): CheckedEncoding {
  try {
    return { kind: "encoded", bytes: action() };
  } catch (error) {
    return { kind: "refused", problems: [{ field: "", message: encodingProblem(error) }] };
  }
}

/** What the encoder says of a value that does not fit its field. */
export function encodingProblem(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `a value does not fit: ${text.replace(/^cannot encode field /, "")}`;
}

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import type { PlannedRule } from "../../compile/plan.ts";
import type { HttpFilterSchema } from "../../envoy/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";

/**
 * One HTTP filter of every connection manager. All filters are in every chain, switched off; a rule that needs one switches it on in its own
 * configuration, so that attaching or editing a policy never touches a listener.
 */
export interface HttpFilterSlot {
  /** Its name in the chain, and the key of its configuration in routes. */
  readonly name: string;
  /** How it stands in the connection manager. */
  readonly inChain: MessageInitShape<typeof HttpFilterSchema>;
  /** What switches it on for a rule; undefined where the rule does not need it. */
  readonly forRule: (planned: PlannedRule) => RuleFilter | undefined;
}

export type RuleFilter =
  | {
      readonly kind: "on";
      readonly config: Any;
      /** The extension configuration that must be there first. */
      readonly extension?: string;
    }
  /** The rule asks for something the filter cannot do; it is then answered 500 as a whole. */
  | { readonly kind: "problem"; readonly diagnostics: readonly Diagnostic[] };

import type { Node } from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import type { ClaimedNode } from "./variant.ts";

/** What a request's node says, in the form the rest of the server knows. */
export function claimedNode(node: Node | undefined): ClaimedNode | undefined {
  if (node === undefined) return undefined;
  return { id: node.id, cluster: node.cluster, agent: `${node.userAgentName} ${agentVersion(node)}`.trim() };
}

function agentVersion({ userAgentVersionType: agent }: Node): string {
  switch (agent.case) {
    case "userAgentVersion":
      return agent.value;
    case "userAgentBuildVersion": {
      const { version } = agent.value;
      return version === undefined ? "" : `${version.majorNumber}.${version.minorNumber}.${version.patch}`;
    }
    case undefined:
      return "";
  }
}

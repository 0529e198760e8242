import { hostFor } from "../compile/lookup.ts";
import type { ChainPlan, PortPlan } from "../compile/plan.ts";
import type { AffectedRule } from "./diff-hosts.ts";
import type { DiffSide, PartChange } from "./plan-diff.ts";
import { identityOf } from "./write-value.ts";

/** Rules that stand for ports that are there on both sides and let other connections in, or read requests in another way. */
export function affectedByPorts(
  before: DiffSide,
  after: DiffSide,
  changes: readonly PartChange[],
): readonly AffectedRule[] {
  return changes.flatMap(({ key }) => {
    const old = before.plan.ports.get(key);
    const young = after.plan.ports.get(key);
    // The hosts of a port that is new or gone are new or gone themselves.
    if (old === undefined || young === undefined) return [];
    const chains = wayIn(old) === wayIn(young) ? differentChains(old, young) : [...old.chains, ...young.chains];
    return chains.flatMap((chain) => [...affectedBy(chain, old, before), ...affectedBy(chain, young, after)]);
  });
}

function wayIn({ clientPort, clientAddress, edge }: PortPlan): string {
  return identityOf([clientPort, clientAddress, { ...edge, accessLog: undefined }]);
}

function differentChains({ chains: before }: PortPlan, { chains: after }: PortPlan): readonly ChainPlan[] {
  const isIn = (chain: ChainPlan, list: readonly ChainPlan[]): boolean =>
    list.some(
      (other) => other.table === chain.table && identityOf(other.serverNames) === identityOf(chain.serverNames),
    );
  return [...before.filter((chain) => !isIn(chain, after)), ...after.filter((chain) => !isIn(chain, before))];
}

/** The first rule of each host that the chain is for. */
function affectedBy(
  { table, serverNames }: ChainPlan,
  { proxyClass }: PortPlan,
  { plan }: DiffSide,
): readonly AffectedRule[] {
  const domains = serverNames.length === 0 ? ["*"] : serverNames;
  return domains.map((domain) => {
    const rule = hostFor(plan.hosts, proxyClass, table, domain.replace(/^\*/, "any"))?.rules[0]?.value;
    return { proxyClass, table, domain, ...(rule === undefined ? {} : { rule }) };
  });
}

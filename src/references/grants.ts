import type { Entry } from "../incremental/collection.ts";
import type { Grant } from "../model/grant.ts";
import type { GroupKind } from "../model/source-object.ts";

/**
 * Whether an object may refer to another (ReferenceGrant, Gateway API v1.6): always within a namespace; across namespaces only if a grant in
 * the namespace referred to lists both sides.
 * @param grants those of the namespace of `to`.
 */
export function isPermitted(
  grants: readonly Entry<Grant>[],
  from: GroupKind & { readonly namespace: string },
  to: GroupKind & { readonly namespace: string; readonly name: string },
): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    ({ value: grant }) =>
      grant.namespace === to.namespace &&
      grant.from.group === from.group &&
      grant.from.kind === from.kind &&
      grant.from.namespace === from.namespace &&
      grant.to.group === to.group &&
      grant.to.kind === to.kind &&
      (grant.to.name === undefined || grant.to.name === to.name),
  );
}

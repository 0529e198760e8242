/** One permitted direction of a ReferenceGrant. */
export interface Grant {
  /** The namespace of the grant, and so of what may be referred to. */
  readonly namespace: string;
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  /** An undefined name permits every object of the kind. */
  readonly to: { readonly group: string; readonly kind: string; readonly name?: string };
}

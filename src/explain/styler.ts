import { formatPath, type LocatePosition, type Provenance } from "../model/provenance.ts";
import { describeRef } from "../model/source-object.ts";

type Paint = (text: string) => string;

/** What colours are used for; each is the identity where colours are not wanted. */
export interface Styler {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly name: Paint;
}

const identity: Paint = (text) => text;

export const plainStyler: Styler = {
  strong: identity,
  faint: identity,
  good: identity,
  bad: identity,
  warning: identity,
  name: identity,
};

/** "HTTPRoute shop/web spec.rules[0]  routes.yaml:14:5"; without a place where the source has no text. */
export function describeOrigin(origin: Provenance, locate: LocatePosition): string {
  const path = formatPath(origin.path);
  const what = path === "" ? describeRef(origin.object) : `${describeRef(origin.object)} ${path}`;
  const position = locate(origin);
  return position === undefined ? what : `${what}  ${position.file}:${position.line}:${position.column}`;
}

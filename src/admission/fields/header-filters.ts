import { fractionIsAtMostOne, headerValueIsOneLine, percentOrFraction } from "../rules/route-filters.ts";
import { int32, keyed, object, type Shape, set, text } from "../shape.ts";
import { headerNamePattern } from "./names.ts";
import { backendObjectRef, localObjectRef } from "./references.ts";

/** The parts that filters of HTTPRoute and GRPCRoute share. */

export const headerName = (description: string): Shape =>
  text(description, { minLength: 1, maxLength: 256, pattern: headerNamePattern });

const header = object(
  "A header.",
  {
    name: headerName("Name of the header, in any case."),
    value: text("Value of the header.", { minLength: 1, maxLength: 4096, rules: [headerValueIsOneLine] }),
  },
  { required: ["name", "value"] },
);

export const headerModifier = (description: string): Shape =>
  object(description, {
    add: keyed("Headers to add, beside values that are there.", ["name"], header, { maxItems: 16 }),
    remove: set("Names of headers to remove.", text("Name of the header, in any case."), { maxItems: 16 }),
    set: keyed("Headers to set, in place of values that are there.", ["name"], header, { maxItems: 16 }),
  });

export const requestMirror = object(
  "Sends a copy of requests to another backend and drops its answers.",
  {
    backendRef: backendObjectRef("Where the copies go."),
    fraction: object(
      "Share of the requests that is copied, as numerator and denominator.",
      {
        denominator: int32("The whole.", { default: 100, minimum: 1 }),
        numerator: int32("The part.", { minimum: 0 }),
      },
      { required: ["numerator"], rules: [fractionIsAtMostOne] },
    ),
    percent: int32("Share of the requests that is copied, in percent.", { minimum: 0, maximum: 100 }),
  },
  { required: ["backendRef"], rules: [percentOrFraction] },
);

export const extensionRef = localObjectRef("A filter defined by another kind.");

import { isList, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { RuleViolation } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";

/** Rules about the filters of HTTPRoute and GRPCRoute. */

function has(value: Json, field: string): boolean {
  return valueAt(value, field) !== undefined;
}

/** Each type of filter has exactly its own field: two rules for each pair. */
export function filterMatchesType(fields: Readonly<Record<string, string>>): readonly FieldRule[] {
  return Object.entries(fields).flatMap(([type, field]) => [
    {
      name: `filter-${field}-only-for-its-type`,
      check: (filter: Json) =>
        has(filter, field) && textAt(filter, "type") !== type
          ? [{ path: [field], message: `is only allowed in a filter of type ${type}`, hint: `Set type: ${type}.` }]
          : [],
    },
    {
      name: `filter-${field}-required-by-its-type`,
      check: (filter: Json) =>
        !has(filter, field) && textAt(filter, "type") === type
          ? [{ path: [field], message: `is required in a filter of type ${type}` }]
          : [],
    },
  ]);
}

function indexesOfType(filters: Json, type: string): number[] {
  if (!isList(filters)) return [];
  return filters.flatMap((filter, index) => (textAt(filter, "type") === type ? [index] : []));
}

export function filterNotRepeated(...types: readonly string[]): readonly FieldRule[] {
  return types.map((type) => ({
    name: `filter-${type}-not-repeated`,
    check: (filters) =>
      indexesOfType(filters, type)
        .slice(1)
        .map(
          (index): RuleViolation => ({ path: [index], message: `repeats the filter ${type}, which is allowed once` }),
        ),
  }));
}

export const noRedirectWithRewrite: FieldRule = {
  name: "filter-no-redirect-with-rewrite",
  check: (filters) => {
    const [rewrite] = indexesOfType(filters, "URLRewrite");
    if (rewrite === undefined || indexesOfType(filters, "RequestRedirect").length === 0) return [];
    return [
      {
        path: [rewrite],
        message: "URLRewrite cannot be combined with RequestRedirect",
        hint: "Set host and path in the redirect itself.",
      },
    ];
  },
};

/**
 * Not among the published rules of the standard channel, which lets any text through: Envoy refuses a header with a line break in it.
 * (The experimental channel refuses more, doubled spaces and everything beyond ASCII; Weir takes what either channel takes.)
 */
export const headerValueIsOneLine: FieldRule = {
  name: "header-value-is-one-line",
  check: (value) =>
    typeof value === "string" && /[\0\r\n]/.test(value)
      ? [{ path: [], message: "contains a line break or a NUL, which no header value can" }]
      : [],
};

export const percentOrFraction: FieldRule = {
  name: "mirror-percent-or-fraction",
  check: (mirror) =>
    has(mirror, "percent") && has(mirror, "fraction")
      ? [{ path: ["fraction"], message: "cannot be combined with percent" }]
      : [],
};

export const fractionIsAtMostOne: FieldRule = {
  name: "fraction-at-most-one",
  check: (fraction) => {
    const numerator = numberAt(fraction, "numerator") ?? 0;
    const denominator = numberAt(fraction, "denominator") ?? 0;
    return numerator <= denominator
      ? []
      : [{ path: ["numerator"], message: `${numerator} is more than the denominator, ${denominator}` }];
  },
};

/** `choice` and `field` go together: neither without the other. */
function together(name: string, selector: string, value: string, field: string): readonly FieldRule[] {
  return [
    {
      name: `${name}-requires-${field}`,
      check: (object) =>
        textAt(object, selector) === value && !has(object, field)
          ? [{ path: [field], message: `is required when ${selector} is ${value}` }]
          : [],
    },
    {
      name: `${name}-only-with-${field}`,
      check: (object) =>
        has(object, field) && textAt(object, selector) !== value
          ? [
              {
                path: [field],
                message: `is only allowed when ${selector} is ${value}`,
                hint: `Set ${selector}: ${value}.`,
              },
            ]
          : [],
    },
  ];
}

export const pathModifierFullPath = together("path-modifier", "type", "ReplaceFullPath", "replaceFullPath");
export const pathModifierPrefix = together("path-modifier", "type", "ReplacePrefixMatch", "replacePrefixMatch");
export const externalAuthGrpc = together("external-auth", "protocol", "GRPC", "grpc");
export const externalAuthHttp = together("external-auth", "protocol", "HTTP", "http");

export const wildcardStandsAlone: FieldRule = {
  name: "cors-wildcard-stands-alone",
  check: (values) =>
    isList(values) && values.length > 1 && values.includes("*")
      ? [{ path: [values.indexOf("*")], message: '"*" allows everything and must be the only value' }]
      : [],
};

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PlannedRule } from "../../compile/plan.ts";
import {
  type RedirectActionSchema,
  RedirectAction_RedirectResponseCode as ResponseCode,
} from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import type { PathMatch } from "../../model/match.ts";
import type { Redirect } from "../../model/rule.ts";
import { encodeRewrite } from "./path-rewrite.ts";

type RedirectInit = MessageInitShape<typeof RedirectActionSchema>;

const responseCodes = {
  301: ResponseCode.MOVED_PERMANENTLY,
  302: ResponseCode.FOUND,
  303: ResponseCode.SEE_OTHER,
  307: ResponseCode.TEMPORARY_REDIRECT,
  308: ResponseCode.PERMANENT_REDIRECT,
} as const;

const wellKnownPorts = { http: 80, https: 443 } as const;

/** The redirect, or a text that says why Envoy cannot carry it out. */
export function encodeRedirect(
  redirect: Redirect,
  entry: PlannedRule["entry"],
  path: PathMatch | undefined,
): RedirectInit | string {
  const pathRewriteSpecifier = redirectPath(redirect, path);
  if (typeof pathRewriteSpecifier === "string") return pathRewriteSpecifier;
  return {
    responseCode: responseCodes[redirect.status],
    hostRedirect: redirect.host ?? "",
    portRedirect: redirectPort(redirect, entry),
    ...(redirect.scheme === undefined
      ? {}
      : { schemeRewriteSpecifier: { case: "schemeRedirect", value: redirect.scheme } }),
    ...(pathRewriteSpecifier === undefined ? {} : { pathRewriteSpecifier }),
  };
}

/**
 * The port to write into the Location header, 0 for none. "If no port is specified, the redirect port MUST be […] the well-known port associated with the
 * redirect scheme", and without a scheme "the Gateway Listener port"; well-known ports are left out (HTTPRequestRedirectFilter, Gateway API v1.6).
 * Left to itself Envoy repeats the port that the client put into the Host header, and none at all once a host is given.
 */
function redirectPort(redirect: Redirect, entry: PlannedRule["entry"]): number {
  const scheme = redirect.scheme ?? entry.scheme;
  const port = redirect.port ?? (redirect.scheme === undefined ? entry.port : wellKnownPorts[scheme]);
  if (port !== wellKnownPorts[scheme]) return port;
  // Where clients name another port, leaving out the well-known one would keep theirs.
  const clientsNameAPort = redirect.host === undefined && entry.port !== wellKnownPorts[entry.scheme];
  return clientsNameAPort ? port : 0;
}

function redirectPath(redirect: Redirect, path: PathMatch | undefined): RedirectInit["pathRewriteSpecifier"] | string {
  if (redirect.path === undefined) return undefined;
  if (redirect.path.kind === "full") {
    return { case: "pathRedirect", value: redirect.path.value === "" ? "/" : redirect.path.value };
  }
  const rewrite = encodeRewrite(redirect.path, path);
  switch (rewrite.kind) {
    case "none":
      return undefined;
    case "prefix":
      return { case: "prefixRewrite", value: rewrite.replacement };
    case "regex":
      return { case: "regexRewrite", value: rewrite.value };
    case "problem":
      return rewrite.message;
  }
}

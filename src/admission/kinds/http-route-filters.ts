import { extensionRef, headerModifier, headerName, requestMirror } from "../fields/header-filters.ts";
import { portNumber, preciseHostname } from "../fields/names.ts";
import { backendObjectRef } from "../fields/references.ts";
import {
  externalAuthGrpc,
  externalAuthHttp,
  filterMatchesType,
  filterNotRepeated,
  noRedirectWithRewrite,
  pathModifierFullPath,
  pathModifierPrefix,
  wildcardStandsAlone,
} from "../rules/route-filters.ts";
import { choice, flag, int32, list, object, type Shape, set, text } from "../shape.ts";

const filterTypes = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  ExtensionRef: "extensionRef",
  CORS: "cors",
  ExternalAuth: "externalAuth",
} as const;

const pathModifier = (description: string): Shape =>
  object(
    description,
    {
      replaceFullPath: text("The new path.", { maxLength: 1024 }),
      replacePrefixMatch: text("What takes the place of the matched prefix.", { maxLength: 1024 }),
      type: choice("What is replaced.", ["ReplaceFullPath", "ReplacePrefixMatch"]),
    },
    { required: ["type"], rules: [...pathModifierFullPath, ...pathModifierPrefix] },
  );

const cors = object("Answers cross-origin preflights and adds the response headers browsers ask for.", {
  allowCredentials: flag("Whether requests may carry credentials."),
  allowHeaders: set("Request headers that are allowed; `*` for all.", headerName("Name of a header."), {
    maxItems: 64,
    rules: [wildcardStandsAlone],
  }),
  allowMethods: set(
    "Methods that are allowed; `*` for all.",
    choice("A method.", ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "*"]),
    { maxItems: 9, rules: [wildcardStandsAlone] },
  ),
  allowOrigins: set(
    "Origins that are allowed: scheme, host (`*` may stand for the first labels) and port; `*` for all.",
    text("An origin.", {
      minLength: 1,
      maxLength: 253,
      pattern: "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
    }),
    { maxItems: 64, rules: [wildcardStandsAlone] },
  ),
  exposeHeaders: set("Response headers that scripts may read.", headerName("Name of a header."), { maxItems: 64 }),
  maxAge: int32("How long, in seconds, browsers keep a preflight's answer.", { default: 5, minimum: 1 }),
});

const headerNames = (description: string): Shape => set(description, text("Name of a header."), { maxItems: 64 });

/** GEP-1494, experimental channel. */
const externalAuth = object(
  "Asks an authorisation service before the request goes on.",
  {
    backendRef: backendObjectRef("The authorisation service."),
    forwardBody: object("Sends the request's body along.", {
      maxSize: { type: "integer", description: "Largest body, in bytes, that is sent along." },
    }),
    grpc: object("For a service that speaks Envoy's ext_authz over gRPC.", {
      allowedHeaders: headerNames("Request headers that are sent along; all if empty."),
    }),
    http: object("For a service that answers plain HTTP requests.", {
      allowedHeaders: headerNames("Request headers that are sent along, beside the usual ones."),
      allowedResponseHeaders: headerNames("Headers of the answer that are added to the request; all if empty."),
      path: text("Prefix of the path asked for.", {
        maxLength: 1024,
        pattern: "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
      }),
    }),
    protocol: choice("What the service speaks.", ["HTTP", "GRPC"]),
  },
  { required: ["backendRef", "protocol"], rules: [...externalAuthGrpc, ...externalAuthHttp] },
);

const requestRedirect = object("Answers with a redirect.", {
  hostname: preciseHostname("Host of the new location; the request's by default."),
  path: pathModifier("Path of the new location; the request's by default."),
  port: portNumber("Port of the new location; by default that of the scheme, else the listener's."),
  scheme: choice("Scheme of the new location; the request's by default.", ["http", "https"]),
  statusCode: { type: "integer", description: "Status of the answer.", enum: [301, 302, 303, 307, 308], default: 302 },
});

const filter = object(
  "One processing step.",
  {
    cors,
    extensionRef,
    externalAuth,
    requestHeaderModifier: headerModifier("Changes headers of the request."),
    requestMirror,
    requestRedirect,
    responseHeaderModifier: headerModifier("Changes headers of the response."),
    type: choice("Which step this is.", Object.keys(filterTypes)),
    urlRewrite: object("Changes host or path before the request goes to the backend.", {
      hostname: preciseHostname("The new host."),
      path: pathModifier("The new path."),
    }),
  },
  { required: ["type"], rules: filterMatchesType(filterTypes) },
);

export const httpRouteFilters = (description: string): Shape =>
  list(description, filter, {
    maxItems: 16,
    rules: [
      noRedirectWithRewrite,
      ...filterNotRepeated("CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"),
    ],
  });

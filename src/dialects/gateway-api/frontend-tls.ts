import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { ClientValidation } from "../../model/gateway.ts";
import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import { isPermitted } from "../../references/grants.ts";
import { authorityHint, findAuthority } from "../core/authorities.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { gatewayKind } from "./kinds.ts";

/** Which client certificates the HTTPS listeners of a Gateway ask for (GatewaySpec.tls.frontend, Gateway API v1.6). */
export interface FrontendTls {
  /** For ports without settings of their own; undefined where clients are not asked. */
  readonly otherPorts?: FrontendValidation;
  readonly perPort: readonly { readonly port: number; readonly validation?: FrontendValidation }[];
}

export interface FrontendValidation {
  /** Undefined where no authority can be used: what asks for it is not served, since it would let in everybody or nobody. */
  readonly clients?: ClientValidation;
  /** The first reference that does not resolve, as the condition ResolvedRefs names it. */
  readonly problem?: {
    readonly reason: "InvalidCACertificateRef" | "InvalidCACertificateKind" | "RefNotPermitted";
    readonly message: string;
  };
}

/** The settings, without the authorities themselves: other certificates in a bundle concern no listener. */
export interface FrontendReading {
  readonly settings: FrontendTls;
  readonly bundles: readonly TrustBundle[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What a listener on a port asks of its clients. */
export function validationOn(frontend: FrontendTls, port: number): FrontendValidation | undefined {
  const own = frontend.perPort.find((entry) => entry.port === port);
  return own === undefined ? frontend.otherPorts : own.validation;
}

/** Whether anybody may connect somewhere although certificates are asked for (GatewayConditionInsecureFrontendValidationMode). */
export function allowsUntrusted({ otherPorts, perPort }: FrontendTls): boolean {
  return [otherPorts, ...perPort.map(({ validation }) => validation)].some(
    (validation) => validation?.clients?.mode === "optional",
  );
}

export function readFrontendTls(object: SourceObject, core: CoreCollections, context: Context): FrontendReading {
  const bundles: TrustBundle[] = [];
  const diagnostics: Diagnostic[] = [];
  const read = (part: string, path: FieldPath): FrontendValidation | undefined => {
    const validation = valueAt(object.body, ...path);
    if (validation === undefined) return undefined;
    const found = readAuthorities(object, validation, [...path, "caCertificateRefs"], core, context);
    diagnostics.push(...found.diagnostics);
    const problem = found.problem === undefined ? {} : { problem: found.problem };
    if (found.certificates.length === 0) return problem;
    const bundle = `trust/gateway/${object.namespace}/${object.name}/${part}`;
    const certificates = [...new Set(found.certificates)].join("");
    bundles.push({ key: bundle, certificates, origin: origin(object, ...path, "caCertificateRefs") });
    const mode = textAt(validation, "mode") === "AllowInsecureFallback" ? "optional" : "required";
    return { clients: { bundle, mode }, ...problem };
  };
  const at = ["spec", "tls", "frontend"] as const;
  const otherPorts = read("default", [...at, "default", "validation"]);
  const perPort = listAt(object.body, ...at, "perPort").map((entry, index) => {
    const port = numberAt(entry, "port") ?? 0;
    const validation = read(`port-${port}`, [...at, "perPort", index, "tls", "validation"]);
    return validation === undefined ? { port } : { port, validation };
  });
  return { settings: otherPorts === undefined ? { perPort } : { otherPorts, perPort }, bundles, diagnostics };
}

interface FoundAuthorities {
  readonly certificates: readonly string[];
  readonly problem?: NonNullable<FrontendValidation["problem"]>;
  readonly diagnostics: readonly Diagnostic[];
}

function readAuthorities(
  object: SourceObject,
  validation: Json,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): FoundAuthorities {
  const certificates: string[] = [];
  const diagnostics: Diagnostic[] = [];
  let first: FrontendValidation["problem"];
  listAt(validation, "caCertificateRefs").forEach((ref, index) => {
    const where = origin(object, ...path, index);
    const found = findAuthority(core.authorities, context, ref, object.namespace);
    const unknownKind = "problem" in found && found.problem.kind === "unknown-kind";
    const refusal = unknownKind ? undefined : refusalOf(object, ref, core, context);
    if (refusal !== undefined) {
      diagnostics.push(diagnose("WR0205", where, refusal.message, refusal.hint));
      first ??= { reason: "RefNotPermitted", message: refusal.message };
    } else if ("problem" in found) {
      const { problem } = found;
      const code = unknownKind ? "WR0206" : problem.kind === "missing" ? "WR0210" : "WR0204";
      diagnostics.push(diagnose(code, where, problem.message, authorityHint(problem)));
      first ??= {
        reason: unknownKind ? "InvalidCACertificateKind" : "InvalidCACertificateRef",
        message: problem.message,
      };
    } else {
      certificates.push(found.certificates);
    }
  });
  return first === undefined ? { certificates, diagnostics } : { certificates, diagnostics, problem: first };
}

/** Why an object of another namespace may not be used; nothing about it is told before that is settled. */
function refusalOf(
  object: SourceObject,
  ref: Json,
  core: CoreCollections,
  context: Context,
): { readonly message: string; readonly hint: string } | undefined {
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "ConfigMap";
  const namespace = textAt(ref, "namespace") ?? object.namespace;
  const name = textAt(ref, "name") ?? "";
  const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
  if (isPermitted(grants, { ...gatewayKind, namespace: object.namespace }, { group, kind, namespace, name })) {
    return undefined;
  }
  return {
    message: `${kind} ${namespace}/${name} is in another namespace, and no ReferenceGrant there permits Gateways of ${object.namespace} to use it.`,
    hint: `Add a ReferenceGrant to namespace ${namespace}.`,
  };
}

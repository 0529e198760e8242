import { notAcceptable } from "./api-error.ts";

export interface MediaType {
  /** Lower case, without parameters. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export function parseMediaType(text: string): MediaType {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = rest.map((parameter): [string, string] => {
    const [name = "", value = ""] = parameter.split("=", 2);
    return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
  });
  return { type: type.toLowerCase(), parameters: new Map(parameters) };
}

/** The form in which objects are wanted. */
export type ObjectForm = "object" | "table" | "metadata";

export interface Representation {
  readonly encoding: "json" | "yaml";
  readonly form: ObjectForm;
}

const plainJson: Representation = { encoding: "json", form: "object" };

/**
 * The first of the accepted media types that can be given: `application/json`, `application/yaml`, and for objects the forms
 * `as=Table` and `as=PartialObjectMetadata(List)` of meta.k8s.io/v1. Throws the API's 406.
 */
export function negotiate(accept: string | undefined, allowForms: boolean): Representation {
  const wanted = (accept ?? "*/*").split(",").map(parseMediaType);
  for (const media of wanted) {
    const encoding = encodingOf(media.type);
    const form = formOf(media, allowForms);
    if (encoding !== undefined && form !== undefined)
      return encoding === "json" && form === "object" ? plainJson : { encoding, form };
  }
  throw notAcceptable(["application/json", "application/yaml"]);
}

function encodingOf(type: string): Representation["encoding"] | undefined {
  switch (type) {
    case "":
    case "*/*":
    case "application/*":
    case "application/json":
      return "json";
    case "application/yaml":
      return "yaml";
    default:
      return undefined;
  }
}

function formOf({ parameters }: MediaType, allowForms: boolean): ObjectForm | undefined {
  const as = parameters.get("as");
  if (as === undefined) return "object";
  if (!allowForms || parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") return undefined;
  if (as === "Table") return "table";
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? "metadata" : undefined;
}

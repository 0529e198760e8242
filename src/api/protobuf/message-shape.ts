/** How a message of the Kubernetes protobuf encoding becomes JSON: what each field number is called, and what it holds. */
export type MessageShape = ReadonlyMap<number, FieldShape>;

export type FieldShape =
  /** `kept` values stand in the JSON even if they are empty or zero: in Kubernetes' types they are pointers. */
  | {
      readonly kind: "text" | "integer" | "flag";
      readonly name: string;
      readonly kept: boolean;
      readonly repeated: boolean;
    }
  /** `inline`: the fields of the message belong to the one around it. */
  | {
      readonly kind: "message";
      readonly name: string;
      readonly shape: MessageShape;
      readonly repeated: boolean;
      readonly inline: boolean;
    }
  | { readonly kind: "map"; readonly name: string; readonly values: "text" | "base64" }
  | { readonly kind: "time" | "int-or-string"; readonly name: string }
  /** Only the server says anything there. */
  | { readonly kind: "ignored" };

export const text = (name: string): FieldShape => ({ kind: "text", name, kept: false, repeated: false });
export const optionalText = (name: string): FieldShape => ({ kind: "text", name, kept: true, repeated: false });
export const texts = (name: string): FieldShape => ({ kind: "text", name, kept: true, repeated: true });
export const integer = (name: string): FieldShape => ({ kind: "integer", name, kept: false, repeated: false });
export const optionalInteger = (name: string): FieldShape => ({ kind: "integer", name, kept: true, repeated: false });
export const flag = (name: string): FieldShape => ({ kind: "flag", name, kept: false, repeated: false });
export const optionalFlag = (name: string): FieldShape => ({ kind: "flag", name, kept: true, repeated: false });
export const message = (name: string, shape: MessageShape): FieldShape => ({
  kind: "message",
  name,
  shape,
  repeated: false,
  inline: false,
});
export const messages = (name: string, shape: MessageShape): FieldShape => ({
  kind: "message",
  name,
  shape,
  repeated: true,
  inline: false,
});
export const inline = (shape: MessageShape): FieldShape => ({
  kind: "message",
  name: "",
  shape,
  repeated: false,
  inline: true,
});
export const map = (name: string, values: "text" | "base64" = "text"): FieldShape => ({ kind: "map", name, values });
export const ignored: FieldShape = { kind: "ignored" };

export function shape(fields: Readonly<Record<number, FieldShape>>): MessageShape {
  return new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]));
}

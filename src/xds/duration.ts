import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema } from "@bufbuild/protobuf/wkt";

/** Milliseconds as protobuf has them; negative or fractional input is a defect of the caller and is rounded to what Envoy takes. */
export function milliseconds(value: number): MessageInitShape<typeof DurationSchema> {
  const whole = Math.max(0, Math.round(value));
  return { seconds: BigInt(Math.floor(whole / 1000)), nanos: (whole % 1000) * 1_000_000 };
}

export function seconds(value: number): MessageInitShape<typeof DurationSchema> {
  return milliseconds(value * 1000);
}

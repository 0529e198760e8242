import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema } from "@bufbuild/protobuf/wkt";

/** Ten years: Envoy refuses durations that it cannot count in nanoseconds. */
const LONGEST = 315_576_000_000;

/** Milliseconds as protobuf has them: whole, not negative and not longer than Envoy takes. */
export function milliseconds(value: number): MessageInitShape<typeof DurationSchema> {
  const whole = Number.isNaN(value) ? 0 : Math.min(LONGEST, Math.max(0, Math.round(value)));
  return { seconds: BigInt(Math.floor(whole / 1000)), nanos: (whole % 1000) * 1_000_000 };
}

export function seconds(value: number): MessageInitShape<typeof DurationSchema> {
  return milliseconds(value * 1000);
}

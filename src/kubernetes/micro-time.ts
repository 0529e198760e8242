/** RFC 3339 with microseconds (metav1.MicroTime), which is the only form that the API server takes. */
export function microTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}

import { numberAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { Style } from "./style.ts";

/**
 * A line of the default JSON access log as a person reads it; undefined for lines of another form.
 *
 *     200 GET https://shop.localhost/cart  3 ms  ingress/shop/storefront/0/1 → service/shop/cart/80
 */
export function renderAccessLine(line: string, style: Style): string | undefined {
  let entry: Json;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  const status = numberAt(entry, "status") ?? Number(textAt(entry, "status") ?? Number.NaN);
  const method = textAt(entry, "method");
  const path = textAt(entry, "path");
  if (Number.isNaN(status) || method === undefined || path === undefined) return undefined;
  const url = `${textAt(entry, "scheme") ?? ""}://${textAt(entry, "host") ?? ""}${path}`;
  const duration = numberAt(entry, "durationMs");
  const rule = textAt(entry, "rule");
  const backend = textAt(entry, "backend");
  const where = [rule ?? "no rule", ...(backend === undefined ? [] : ["→", backend])].join(" ");
  const paint = status >= 500 ? style.bad : status >= 400 ? style.warning : style.good;
  const time = duration === undefined ? "" : `  ${duration} ms`;
  return `${paint(String(status))} ${method} ${url}${style.faint(`${time}  ${where}`)}`;
}

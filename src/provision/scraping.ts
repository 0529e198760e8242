/**
 * Annotations by which a Prometheus finds pods without further objects: the convention of its Kubernetes example configuration and of most charts.
 * Whoever works with ServiceMonitors names the ports instead.
 */
export function scrapeAnnotations(port: number): Readonly<Record<string, string>> {
  return { "prometheus.io/scrape": "true", "prometheus.io/port": String(port), "prometheus.io/path": "/metrics" };
}

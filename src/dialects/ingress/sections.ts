/** Sections of a gateway that Ingresses are served by; those of a Gateway object cannot collide, since a colon is not allowed there. */
export const httpSection = "ingress:http";
export const httpsSection = "ingress:https";

/** The listener key of a section. */
export function listenerKey(gateway: string, section: string): string {
  return `${gateway}/${section}`;
}

/** The section of a host with a certificate of its own; "*" is the one that serves unknown hosts. */
export function hostSection(host: string): string {
  return host === "*" ? httpsSection : `${httpsSection}:${host}`;
}

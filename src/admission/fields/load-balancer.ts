import { int32, list, object, type Shape, text } from "../shape.ts";

/** Addresses under which a Service or an Ingress is reachable, as their statuses hold them. */
export const loadBalancerIngress = (more: Readonly<Record<string, Shape>>): Shape =>
  list(
    "The addresses.",
    object("An address.", {
      hostname: text("The host name."),
      ip: text("The IP address."),
      ...more,
      ports: list(
        "State of the ports.",
        object(
          "A port.",
          {
            error: text("What is wrong with the port."),
            port: int32("The port."),
            protocol: text("TCP, UDP or SCTP."),
          },
          { required: ["port", "protocol"] },
        ),
      ),
    }),
  );

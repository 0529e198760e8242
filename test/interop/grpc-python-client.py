"""Calls the echo method of xds:///svc whenever a line arrives on standard input, and prints the answer."""

import sys

import grpc

channel = grpc.insecure_channel("xds:///svc")
say = channel.unary_unary("/weir.test.Echo/Say", request_serializer=None, response_deserializer=None)

for _ in sys.stdin:
    try:
        print(say(b"hi", timeout=10, wait_for_ready=True).decode(), flush=True)
    except grpc.RpcError as error:
        print(f"error {error.code()}: {error.details()}", flush=True)

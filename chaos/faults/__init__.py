"""faults - every kind of fault, by its word."""
from faults import clocks, messages, outside, processes, stores, wires

KINDS = {fault.kind: fault for module in (processes, clocks, wires, stores, messages, outside) for fault in module.KINDS}

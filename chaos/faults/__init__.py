"""faults - every kind of fault, by its word."""
from faults import messages, outside, processes, stores, wires

KINDS = {fault.kind: fault for module in (processes, wires, stores, messages, outside) for fault in module.KINDS}

return {["reconcile"] = {}}

-- Stops the operator before its next write; what the array holds stays.
obj.spec.suspend = true
return obj

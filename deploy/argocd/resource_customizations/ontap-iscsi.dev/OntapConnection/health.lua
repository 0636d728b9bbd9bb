-- Follows kstatus. Argo CD itself judges objects that are being deleted.
-- It needs no standard library, so that it works from argocd-cm as well.
local health = {}

local function is(status, message)
  health.status = status
  health.message = message
  return health
end

local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return is("Progressing", "Waiting for the operator to look at the latest generation")
end

local conditions = {}
if type(status.conditions) == "table" then
  for _, condition in ipairs(status.conditions) do
    conditions[condition.type] = condition
  end
end

local function holds(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

if holds("Stalled") then
  return is("Degraded", conditions["Stalled"].reason .. ": " .. conditions["Stalled"].message)
end
if holds("Reconciling") then
  return is("Progressing", conditions["Reconciling"].reason .. ": " .. conditions["Reconciling"].message)
end
if holds("Ready") then
  return is("Healthy", conditions["Ready"].message)
end
return is("Progressing", "Waiting for the operator")

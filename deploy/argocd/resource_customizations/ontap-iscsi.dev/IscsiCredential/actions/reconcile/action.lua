-- Asks for a look at the array now; status.lastHandledReconcileAt echoes the value.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["ontap-iscsi.dev/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj

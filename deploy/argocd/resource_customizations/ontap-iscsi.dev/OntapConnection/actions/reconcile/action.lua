-- Asks for a probe of the array now, also after it refused the login; status.lastHandledReconcileAt echoes the value.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["ontap-iscsi.dev/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj

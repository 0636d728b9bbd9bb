{{/* The release's name, or release and chart when they differ: what objects are called. */}}
{{- define "ontap-iscsi-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The shards as a list. An installation without shards is one without a name. */}}
{{- define "ontap-iscsi-operator.shards" -}}
{{- .Values.shards | default (list (dict "name" "")) | toYaml -}}
{{- end -}}

{{/* The name of a shard's Deployment; of (list $ $shard). */}}
{{- define "ontap-iscsi-operator.workload" -}}
{{- include "ontap-iscsi-operator.fullname" (index . 0) }}{{ with (index . 1).name }}-{{ . }}{{ end -}}
{{- end -}}

{{/* The label that tells a shard's pods from the others; of $shard. */}}
{{- define "ontap-iscsi-operator.component" -}}
{{- if .name }}shard-{{ .name }}{{ else }}operator{{ end -}}
{{- end -}}

{{/* The Lease that the operator takes, whatever the release is called; of $shard. */}}
{{- define "ontap-iscsi-operator.lease" -}}
ontap-iscsi-operator{{ with .name }}-{{ . }}{{ end -}}
{{- end -}}

{{- define "ontap-iscsi-operator.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "ontap-iscsi-operator.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "ontap-iscsi-operator.image" -}}
{{- .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

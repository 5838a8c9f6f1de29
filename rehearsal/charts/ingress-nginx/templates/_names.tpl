{{- define "ingress-nginx.fullname" -}}
{{- $derived := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- default $derived .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "ingress-nginx.account" -}}
{{- default (.Values.serviceAccount.create | ternary (include "ingress-nginx.fullname" .) "default") .Values.serviceAccount.name }}
{{- end }}

{{- define "ingress-nginx.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end }}

{{- define "ingress-nginx.labels" -}}
{{ include "ingress-nginx.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
